import type { DockerfileBuild, ScriptBuild } from '../domain/plan.ts';
import { type Platform, platforms } from '../domain/platform.ts';
import { defaultBaseArgument, type RecipeImage, type RecipeTag } from '../domain/recipe.ts';
import { movesByDefault } from '../domain/recipe-tags.ts';
import type { ImageDocument, ImagesDocument } from './recipe-document.ts';

/** The images with every default filled in. They must have passed `checkImages`. */
export function resolveImages(images: ImagesDocument): RecipeImage[] {
  return Object.entries(images).map(([name, image], position) => {
    const from = baseOf(image);
    return {
      name,
      platforms: platformsOf(image, images),
      ...(from && { from }),
      build: buildOf(image),
      verify: image.verify,
      tags: tagsOf(name, image, position),
    };
  });
}

export function baseOf(
  image: ImageDocument | undefined,
): { readonly image: string; readonly argument: string } | undefined {
  return typeof image?.from === 'string' ? { image: image.from, argument: defaultBaseArgument } : image?.from;
}

/** In the order of `platforms`, whatever the recipe's; those of the base where the image names none. */
export function platformsOf(image: ImageDocument | undefined, images: ImagesDocument): readonly Platform[] {
  const base = baseOf(image)?.image;
  const inherited = base !== undefined && Object.hasOwn(images, base) ? platformsOf(images[base], images) : platforms;
  return platforms.filter((platform) => (image?.platforms ?? inherited).includes(platform));
}

export function tagsOf(name: string, image: ImageDocument, position: number): RecipeTag[] {
  const tags = image.tags ?? [position === 0 ? '{commit}' : `{commit}-${name}`];
  return tags.map((tag) => {
    const { tag: template, moving } = typeof tag === 'string' ? { tag, moving: undefined } : tag;
    return { template, moving: moving ?? movesByDefault(template) };
  });
}

function buildOf({ dockerfile, script }: ImageDocument): ScriptBuild | DockerfileBuild {
  if (script !== undefined)
    return { kind: 'script', path: script.path, arguments: script.args, environment: script.env };
  return {
    kind: 'dockerfile',
    dockerfile:
      dockerfile?.inline === undefined ? { path: dockerfile?.path ?? 'Dockerfile' } : { inline: dockerfile.inline },
    context: dockerfile?.context ?? '.',
    ...(dockerfile?.target !== undefined && { target: dockerfile.target }),
    arguments: dockerfile?.args ?? {},
    secrets: dockerfile?.secrets ?? [],
    cache: dockerfile?.cache ?? true,
  };
}
