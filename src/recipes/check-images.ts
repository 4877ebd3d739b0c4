import type { Platform } from '../domain/platform.ts';
import { orderByBase } from '../domain/recipe.ts';
import { fillTag, holds, movesByDefault, namesCommit, sampleValues, templateProblem } from '../domain/recipe-tags.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ImageDocument, ImagesDocument } from './recipe-document.ts';
import type { RecipeProblem } from './recipe-problem.ts';
import { baseOf, platformsOf, tagsOf } from './resolve-images.ts';

/** What the form of single fields cannot show: how images fit together. */
export function checkImages(images: ImagesDocument): RecipeProblem[] {
  const entries = Object.entries(images);
  const each = entries.flatMap(([name, image]) =>
    [...checkBuild(image), ...checkBase(name, image, images), ...checkScript(image), ...checkTagTexts(image)].map(
      (problem) => ({ ...problem, path: ['images', name, ...problem.path] }),
    ),
  );
  const circle = checkCircle(images);
  if (circle.length > 0) return [...each, ...circle];
  return [...each, ...checkPlatforms(images), ...checkDuplicateTags(images)];
}

function checkBuild({ dockerfile, script }: ImageDocument): RecipeProblem[] {
  if (dockerfile === undefined && script === undefined) {
    return [{ path: [], reason: 'nothing says how it is built: give dockerfile or script', key: true }];
  }
  if (dockerfile !== undefined && script !== undefined) {
    return [{ path: ['script'], reason: 'both dockerfile and script are given: leave one out', key: true }];
  }
  if (dockerfile?.path !== undefined && dockerfile.inline !== undefined) {
    return [{ path: ['dockerfile', 'inline'], reason: 'both path and inline are given: leave one out', key: true }];
  }
  return [];
}

function checkBase(name: string, image: ImageDocument, images: ImagesDocument): RecipeProblem[] {
  const base = baseOf(image);
  if (base === undefined) return [];
  const path = typeof image.from === 'string' ? ['from'] : ['from', 'image'];
  if (!Object.hasOwn(images, base.image)) {
    const others = Object.keys(images).filter((other) => other !== name);
    return [{ path, reason: `the recipe has no image ${JSON.stringify(base.image)}${didYouMean(base.image, others)}` }];
  }
  if (image.script !== undefined)
    return [
      { path: ['from'], reason: 'a script chooses its own base: only a dockerfile can stand on an image', key: true },
    ];
  if (image.dockerfile !== undefined && Object.hasOwn(image.dockerfile.args, base.argument)) {
    return [
      {
        path: ['dockerfile', 'args', base.argument],
        reason: 'this argument carries the base image; name another one in from.argument',
        key: true,
      },
    ];
  }
  return [];
}

const scriptPlaceholder = /\{(?:tag|repository|region|commit|registry)\}/;

function checkScript({ script }: ImageDocument): RecipeProblem[] {
  return (script?.args ?? []).flatMap((argument, index) => {
    const path = ['script', 'args', index];
    if (/^\{[A-Za-z]*\}$/.test(argument) && !scriptPlaceholder.test(argument)) {
      return [
        { path, reason: `${argument} stands for nothing; there are {tag} {repository} {region} {commit} {registry}` },
      ];
    }
    if (scriptPlaceholder.test(argument) && !/^\{[a-z]+\}$/.test(argument)) {
      return [
        { path, reason: `${JSON.stringify(argument)}: a placeholder is filled in only where it is the whole argument` },
      ];
    }
    return [];
  });
}

function checkTagTexts({ tags }: ImageDocument): RecipeProblem[] {
  return (tags ?? []).flatMap((tag, index) => {
    const text = typeof tag === 'string' ? tag : tag.tag;
    const path = typeof tag === 'string' ? ['tags', index] : ['tags', index, 'tag'];
    const problem = templateProblem(text) ?? movingProblem(text, typeof tag === 'string' ? undefined : tag.moving);
    return problem === undefined ? [] : [{ path, reason: `${JSON.stringify(text)}: ${problem}` }];
  });
}

function movingProblem(text: string, moving: boolean | undefined): string | undefined {
  if (moving !== undefined || namesCommit(text) || movesByDefault(text)) return undefined;
  return `every commit gets this same tag: say whether later builds move it, { tag: ${JSON.stringify(text)}, moving: true }`;
}

function checkCircle(images: ImagesDocument): RecipeProblem[] {
  const known = Object.entries(images).map(([name, image]) => ({ name, from: baseOf(image) }));
  if (orderByBase(known) !== undefined) return [];
  const circle =
    known.map(({ name }) => followBases(name, images)).find((chain) => chain.length > 1 && chain[0] === chain.at(-1)) ??
    [];
  return [
    {
      path: ['images', circle[0] ?? '', 'from'],
      reason: `images stand on each other in a circle: ${circle.join(' -> ')}`,
    },
  ];
}

/** The image, its base, the base's base ...: until there is none, or one that was met before. */
function followBases(name: string, images: ImagesDocument): string[] {
  const chain = [name];
  for (let base = baseOf(images[name]); base !== undefined; base = baseOf(images[base.image])) {
    const met = chain.includes(base.image);
    chain.push(base.image);
    if (met) break;
  }
  return chain;
}

function checkPlatforms(images: ImagesDocument): RecipeProblem[] {
  return Object.entries(images).flatMap(([name, image]) => {
    const base = baseOf(image)?.image;
    if (base === undefined || !Object.hasOwn(images, base)) return [];
    const lacking = platformsOf(image, images).filter(
      (platform) => !platformsOf(images[base], images).includes(platform),
    );
    return lacking.map((platform) => ({
      path: ['images', name, 'platforms', Math.max(0, image.platforms?.indexOf(platform) ?? 0)],
      reason: `image ${base}, which it stands on, is not built for ${platform}`,
    }));
  });
}

function checkDuplicateTags(images: ImagesDocument): RecipeProblem[] {
  const owners = new Map<string, string>();
  return Object.entries(images).flatMap(([name, image], position) =>
    tagsOf(name, image, position).flatMap(({ template }, index) => {
      const twins = filledTags(template, platformsOf(image, images)).map((tag) => [tag, owners.get(tag)] as const);
      const twin = twins.find(([, owner]) => owner !== undefined);
      for (const [tag] of twins) owners.set(tag, name);
      return twin === undefined
        ? []
        : [
            {
              path: ['images', name, 'tags', index],
              reason: `${JSON.stringify(template)}: image ${twin[1]} has that tag already`,
            },
          ];
    }),
  );
}

function filledTags(template: string, platforms: readonly Platform[]): string[] {
  const forPlatforms = holds(template, 'platform') ? platforms : platforms.slice(0, 1);
  return forPlatforms.flatMap((platform) => fillTag(template, sampleValues, platform) ?? []);
}
