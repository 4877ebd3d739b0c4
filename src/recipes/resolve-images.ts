import { type Platform, platforms } from '../domain/platform.ts';
import { defaultBaseArgument, type RecipeDockerfileBuild, type RecipeImage, type RecipeTag } from '../domain/recipe.ts';
import { movesByDefault } from '../domain/recipe-placeholders.ts';
import type { ImageDocument, ImagesDocument } from './recipe-document.ts';

/** The images with every default filled in. They must have passed `checkImages`. */
export function resolveImages(images: ImagesDocument): RecipeImage[] {
  return Object.entries(images).map(([name, image], position) => {
    const from = baseOf(image);
    return {
      name,
      platforms: platformsOf(image, images),
      ...(from && { from }),
      ...(image.architecture && { architecture: image.architecture }),
      build: buildOf(image),
      verify: image.verify,
      tags: tagsOf(name, image, position),
    };
  });
}

/** The image of the recipe that `image` is built on, and the build argument that passes it. */
export function baseOf(
  image: ImageDocument | undefined,
): { readonly image: string; readonly argument: string } | undefined {
  return typeof image?.from === 'string' ? { image: image.from, argument: defaultBaseArgument } : image?.from;
}

/** In the order of `platforms`, not that of the recipe; those of the base if the image lists none. */
export function platformsOf(image: ImageDocument | undefined, images: ImagesDocument): readonly Platform[] {
  const base = baseOf(image)?.image;
  const inherited = base !== undefined && Object.hasOwn(images, base) ? platformsOf(images[base], images) : platforms;
  return platforms.filter((platform) => (image?.platforms ?? inherited).includes(platform));
}

/** The tags of an image. @param position the first image of a recipe gets the plain commit by default */
export function tagsOf(name: string, image: ImageDocument, position: number): RecipeTag[] {
  const tags = image.tags ?? [position === 0 ? '{commit}' : `{commit}-${name}`];
  return tags.map((tag) => {
    const { tag: template, moving } = typeof tag === 'string' ? { tag, moving: undefined } : tag;
    return { template, moving: moving ?? movesByDefault(template) };
  });
}

function buildOf({ dockerfile, script }: ImageDocument): RecipeImage['build'] {
  if (script !== undefined) {
    const { path, args, env, secrets, cache } = script;
    return {
      kind: 'script',
      path,
      arguments: args,
      environment: env,
      ...(secrets.length > 0 && { secrets }),
      // Left out by default, so that plans of earlier releases stay equal.
      ...(!cache && { cache }),
    };
  }
  return {
    kind: 'dockerfile',
    dockerfile: dockerfileOf(dockerfile),
    context: dockerfile?.context ?? '.',
    ...(dockerfile?.target !== undefined && { target: dockerfile.target }),
    arguments: dockerfile?.args ?? {},
    ...(Object.keys(dockerfile?.once ?? {}).length > 0 && { once: dockerfile?.once }),
    secrets: dockerfile?.secrets ?? [],
    cache: dockerfile?.cache ?? true,
  };
}

function dockerfileOf(dockerfile: ImageDocument['dockerfile']): RecipeDockerfileBuild['dockerfile'] {
  if (dockerfile?.inline !== undefined) return { inline: dockerfile.inline };
  const path = dockerfile?.path ?? 'Dockerfile';
  return typeof path === 'string' ? { path } : { paths: path };
}
