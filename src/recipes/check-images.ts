import { secretVariable } from '../domain/plan.ts';
import { type Platform, platforms } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';
import { orderByBase } from '../domain/recipe.ts';
import {
  fillTag,
  movesByDefault,
  namesCommit,
  type PlaceholderPlace,
  placeholderProblem,
  sampleValues,
  templateProblem,
  variesByPlatform,
} from '../domain/recipe-placeholders.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ImageDocument, ImagesDocument } from './recipe-document.ts';
import type { RecipeProblem } from './recipe-problem.ts';
import { baseOf, platformsOf, tagsOf } from './resolve-images.ts';

/** Problems that the schemas of single fields cannot show: how images fit together. */
export function checkImages(images: ImagesDocument): RecipeProblem[] {
  const entries = Object.entries(images);
  const each = entries.flatMap(([name, image]) =>
    [
      ...checkBuild(image),
      ...checkBase(name, image, images),
      ...checkPlaceholders(image),
      ...checkOnce(image),
      ...checkScriptSecrets(image),
      ...checkDockerfilePaths(image, images),
      ...checkTagTexts(image),
    ].map((problem) => ({ ...problem, path: ['images', name, ...problem.path] })),
  );
  const circle = checkCircle(images);
  if (circle.length > 0) return [...each, ...circle];
  return [...each, ...checkPlatforms(images), ...checkDuplicateTags(images)];
}

function checkBuild({ dockerfile, script }: ImageDocument): RecipeProblem[] {
  if (dockerfile === undefined && script === undefined) {
    return [{ path: [], reason: 'it defines no build: give dockerfile or script', key: true }];
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
    return [{ path: ['from'], reason: 'a script chooses its own base: only a dockerfile can use `from`', key: true }];
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

type Texts = readonly (readonly [path: RecipeProblem['path'], text: string | undefined])[];

/** Checks the texts of an image that may contain placeholders, except for its tags. */
function checkPlaceholders({ script, dockerfile }: ImageDocument): RecipeProblem[] {
  const ofScript: Texts = [
    ...(script?.args ?? []).map((text, index) => [['script', 'args', index], text] as const),
    ...Object.entries(script?.env ?? {}).map(([name, text]) => [['script', 'env', name], text] as const),
  ];
  const paths = typeof dockerfile?.path === 'string' ? { '': dockerfile.path } : (dockerfile?.path ?? {});
  const names: Texts = [
    ...Object.entries(paths).map(
      ([key, text]) => [['dockerfile', 'path', ...(key === '' ? [] : [key])], text] as const,
    ),
    [['dockerfile', 'context'], dockerfile?.context],
    [['dockerfile', 'target'], dockerfile?.target],
  ];
  const args: Texts = Object.entries(dockerfile?.args ?? {}).map(
    ([name, text]) => [['dockerfile', 'args', name], text] as const,
  );
  return [
    ...placeholderProblems(ofScript, 'script'),
    ...placeholderProblems(names, 'name'),
    ...placeholderProblems(args, 'argument'),
  ];
}

function placeholderProblems(texts: Texts, place: PlaceholderPlace): RecipeProblem[] {
  return texts.flatMap(([path, text = '']) => {
    const reason = placeholderProblem(text, place);
    return reason === undefined ? [] : [{ path, reason }];
  });
}

/** Two secrets must not use the same variable of a script. */
function checkScriptSecrets({ script }: ImageDocument): RecipeProblem[] {
  const taken = new Map<string, string>();
  return (script?.secrets ?? []).flatMap((id, index) => {
    const variable = secretVariable(id);
    const duplicate = taken.get(variable);
    taken.set(variable, id);
    if (duplicate === undefined) return [];
    return [
      {
        path: ['script', 'secrets', index],
        reason: `${quoted(id)} has the variable ${variable}, and so has ${quoted(duplicate)}`,
      },
    ];
  });
}

function checkDockerfilePaths(image: ImageDocument, images: ImagesDocument): RecipeProblem[] {
  const paths = image.dockerfile?.path;
  if (paths === undefined || typeof paths === 'string') return [];
  const built = platformsOf(image, images);
  const missing = built.filter((platform) => paths[platform] === undefined);
  const unused = platforms.filter((platform) => paths[platform] !== undefined && !built.includes(platform));
  return [
    ...missing.map((platform) => ({ path: ['dockerfile', 'path'], reason: `names no Dockerfile for ${platform}` })),
    ...unused.map((platform) => ({
      ...{ path: ['dockerfile', 'path', platform], reason: 'the image is not built for this platform', key: true },
    })),
  ];
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
  return `every commit gets this same tag: declare whether later builds move it, { tag: ${JSON.stringify(text)}, moving: true }`;
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
      reason: `images depend on each other in a cycle: ${circle.join(' -> ')}`,
    },
  ];
}

/** The image, its base, the base's base ..., up to an image without a base or one already in the chain. */
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
      reason: `image ${base}, its base, is not built for ${platform}`,
    }));
  });
}

function checkDuplicateTags(images: ImagesDocument): RecipeProblem[] {
  const owners = new Map<string, string>();
  return Object.entries(images).flatMap(([name, image], position) =>
    tagsOf(name, image, position).flatMap(({ template }, index) => {
      const owned = filledTags(template, platformsOf(image, images)).map((tag) => [tag, owners.get(tag)] as const);
      const duplicate = owned.find(([, owner]) => owner !== undefined);
      for (const [tag] of owned) owners.set(tag, name);
      return duplicate === undefined
        ? []
        : [
            {
              path: ['images', name, 'tags', index],
              reason: `${JSON.stringify(template)}: image ${duplicate[1]} has that tag already`,
            },
          ];
    }),
  );
}

function filledTags(template: string, platforms: readonly Platform[]): string[] {
  const forPlatforms = variesByPlatform(template) ? platforms : platforms.slice(0, 1);
  return forPlatforms.flatMap((platform) => fillTag(template, sampleValues, platform) ?? []);
}

/** Problems of `dockerfile.once`: arguments that are taken, or that change with the commit. */
function checkOnce(image: ImageDocument): RecipeProblem[] {
  const { once = {}, args = {} } = image.dockerfile ?? {};
  const names = Object.keys(once);
  if (names.length === 0) return [];
  const base = baseOf(image)?.argument;
  const taken = names.filter((name) => name === base || Object.hasOwn(args, name));
  const changing = Object.entries(args).filter(([, text]) => namesCommit(text) || text.includes('{branch}'));
  return [
    ...taken.map((name) => ({
      path: ['dockerfile', 'once', name],
      reason: 'this argument has another value already: name another one',
      key: true,
    })),
    ...changing.map(([name]) => ({
      path: ['dockerfile', 'args', name],
      reason: 'it changes with the commit, so that no stage could be built once: leave out the placeholder, or `once`',
    })),
  ];
}
