import { TwinhullError } from './errors/twinhull-error.ts';
import type { DockerfileBuild, PlannedStep, ScriptBuild } from './plan.ts';
import type { Platform } from './platform.ts';
import { quoted } from './quoted.ts';
import type { RecipeDockerfileBuild, RecipeImage } from './recipe.ts';
import { fillPlaceholders, type PlaceholderPlace, type PlaceholderValues } from './recipe-placeholders.ts';

type StepValues = PlaceholderValues & { readonly platform: Platform };

/**
 * How one image is built on one platform, with its placeholders filled in.
 * @throws ReferenceInvalid if the recipe needs a branch, and none was given
 */
export function planStep({ name, from, architecture, build, verify }: RecipeImage, values: StepValues): PlannedStep {
  const filled = build.kind === 'script' ? planScript(name, build, values) : planDockerfile(name, build, values);
  return { image: name, ...(from && { from }), ...(architecture && { architecture }), build: filled, verify };
}

function planScript(image: string, build: ScriptBuild, values: StepValues): ScriptBuild {
  const fill = filler(image, 'script', values);
  return {
    ...build,
    arguments: build.arguments.map((argument, index) => fill(argument, `script.args[${String(index)}]`)),
    environment: filledRecord(build.environment, 'script.env', fill),
  };
}

function planDockerfile(image: string, build: RecipeDockerfileBuild, values: StepValues): DockerfileBuild {
  const fill = filler(image, 'name', values);
  const { dockerfile, context, target } = build;
  return {
    ...build,
    dockerfile:
      'inline' in dockerfile ? dockerfile : { path: fill(pathOf(dockerfile, image, values), 'dockerfile.path') },
    context: fill(context, 'dockerfile.context'),
    ...(target !== undefined && { target: fill(target, 'dockerfile.target') }),
    arguments: filledRecord(build.arguments, 'dockerfile.args', filler(image, 'argument', values)),
  };
}

function pathOf(
  dockerfile: Exclude<RecipeDockerfileBuild['dockerfile'], { inline: string }>,
  image: string,
  { platform }: StepValues,
): string {
  if ('path' in dockerfile) return dockerfile.path;
  const path = dockerfile.paths[platform];
  if (path === undefined) throw new RangeError(`image ${image} has no Dockerfile for ${platform}`);
  return path;
}

type Fill = (text: string, field: string) => string;

function filler(image: string, place: PlaceholderPlace, values: StepValues): Fill {
  return (text, field) => {
    const filled = fillPlaceholders(text, place, values);
    const [missing] = filled.unknown;
    if (missing === undefined) return filled.text;
    throw new TwinhullError(
      'ReferenceInvalid',
      `images.${image}.${field} is ${quoted(text)}, and no ${missing} was named`,
      { hint: 'name a branch instead of a commit, or leave the placeholder out of the recipe' },
    );
  };
}

function filledRecord(values: Readonly<Record<string, string>>, field: string, fill: Fill): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, fill(value, `${field}.${name}`)] as const),
  );
}
