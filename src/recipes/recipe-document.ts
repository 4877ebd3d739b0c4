import * as z from 'zod';
import { defaultBaseArgument } from '../domain/recipe.ts';
import {
  branchPattern,
  dockerfileText,
  duration,
  imageName,
  plainText,
  platformName,
  repositoryPath,
  scriptVariableName,
  secretId,
  stageName,
  variableName,
} from './field-rules.ts';
import { strictObject } from './strict-object.ts';

/** The recipe as it is written, field by field: the source of the JSON Schema that editors complete from. */

const list = <Item extends z.ZodType>(item: Item, most: number) =>
  z.array(item).max(most, { error: `at most ${most} are allowed` });
const distinct = (items: readonly string[]): boolean => new Set(items).size === items.length;

const variables = (name: z.ZodString) =>
  z.record(name, plainText).refine((all) => Object.keys(all).length <= 50, { error: 'at most 50 are allowed' });

const command = list(plainText, 50)
  .min(1, { error: 'a command has at least one word' })
  .refine(([first]) => first !== '', { error: 'the first word of a command is not empty' });

const dockerfile = strictObject({
  path: repositoryPath.optional().describe('Path of the Dockerfile in the repository. Default: Dockerfile.'),
  inline: dockerfileText
    .optional()
    .describe(
      'The text of the Dockerfile, where it is no file of the repository. On AWS Batch everything that a job is told fits in 8,192 characters.',
    ),
  context: repositoryPath.default('.').describe('Folder of the repository that the build may copy from.'),
  target: stageName.optional().describe('Stage of the Dockerfile to build. Default: the last one.'),
  args: variables(variableName)
    .default({})
    .describe('Build arguments (ARG). They stay in the history of the image: never put a secret here.'),
  secrets: list(secretId, 20)
    .refine(distinct, { error: 'an id is listed twice' })
    .default([])
    .describe(
      'Ids of secrets for `RUN --mount=type=secret,id=...`. Their values come from the settings of the machine that builds.',
    ),
  cache: z
    .boolean()
    .default(true)
    .describe('Whether to use and write a layer cache in the registry, one per image and platform.'),
}).describe('Builds the image by `docker build`.');

const script = strictObject({
  path: repositoryPath.describe(
    'Path in the repository of the script that builds and pushes the image, run by bash at the root of the checkout.',
  ),
  args: list(plainText, 50)
    .default([])
    .describe(
      'Its arguments. {tag}, {repository}, {region}, {commit} and {registry} stand for their values where they are a whole argument.',
    ),
  env: variables(scriptVariableName).default({}).describe('Environment variables for the script alone.'),
}).describe("Builds and pushes the image by the repository's own script.");

const from = z
  .union([
    imageName,
    strictObject({
      image: imageName.describe('The image of this recipe that it stands on.'),
      argument: variableName
        .default(defaultBaseArgument)
        .describe('Build argument that carries the base as repository@digest.'),
    }),
  ])
  .describe(
    `The image of this recipe that it stands on. Its Dockerfile says \`ARG ${defaultBaseArgument}\` and \`FROM \${${defaultBaseArgument}}\`.`,
  );

const tagText = z.string().max(256, { error: 'a tag has at most 256 characters' });

const tag = z.union([
  tagText,
  strictObject({
    tag: tagText.describe('The tag, with placeholders as above.'),
    moving: z
      .boolean()
      .optional()
      .describe('Whether later builds move the tag. Default: true for latest and tags with {branch}, else false.'),
  }),
]);

const image = strictObject({
  from: from.optional(),
  platforms: list(platformName, 2)
    .min(1, { error: 'name at least one platform' })
    .refine(distinct, { error: 'a platform is listed twice' })
    .optional()
    .describe('Platforms to build for. Default: those of the image it stands on, else linux/arm64 and linux/amd64.'),
  dockerfile: dockerfile.optional(),
  script: script.optional(),
  verify: list(command, 20)
    .default([])
    .describe(
      'Commands that must succeed in the fresh image before anything is pushed, each a list of words; no shell reads them.',
    ),
  tags: list(tag, 20)
    .optional()
    .describe(
      'Tags to publish. Placeholders: {commit}, {short} (its first 7 digits), {branch}, and {platform} (arm64, amd64: one tag for each). ' +
        'Default: {commit} for the first image, {commit}-{name of the image} for the others. An empty list publishes none.',
    ),
}).describe('One image: give `dockerfile` or `script`.');

export const timeouts = strictObject({
  wait: duration.default('2h').describe('Longest time that a job may wait for a machine.'),
  run: duration.default('3h').describe('Longest time that a job may run.'),
}).describe('Durations such as 45s, 90m or 2h, up to 7d.');

const on = strictObject({
  push: strictObject({
    branches: list(branchPattern, 50)
      .min(1, { error: 'name at least one branch' })
      .describe('Branches to build: names, in which * stands for any text without a slash, and ** for any text.'),
  })
    .optional()
    .describe('Pushes to GitHub that a service with this recipe builds. Default: none.'),
}).describe('What starts a build by itself, where `twinhull serve` was given this recipe (docs/github.md).');

export const recipeDocument = strictObject({
  version: z
    .literal(1, { error: 'expected 1, the version of the recipe format' })
    .describe('Version of the recipe format.'),
  name: imageName.optional().describe('Name of the recipe, shown in lists. Default: the name of the preset.'),
  preset: z.string().optional().describe('A built-in recipe to use instead of `images`.'),
  with: z.record(z.string(), z.unknown()).optional().describe('Options of the preset.'),
  submodules: z.boolean().default(false).describe('Whether to check out submodules, recursively, with the same token.'),
  timeouts: timeouts.optional(),
  on: on.optional(),
  images: z
    .record(imageName, image)
    .refine((images) => Object.keys(images).length > 0, { error: 'a recipe has at least one image' })
    .refine((images) => Object.keys(images).length <= 20, { error: 'a recipe has at most 20 images' })
    .optional()
    .describe('The images, by name.'),
}).describe('A Twinhull recipe: which images to build from a commit, how, and on which platforms.');

export type RecipeDocument = z.output<typeof recipeDocument>;
export type ImageDocument = z.output<typeof image>;
export type ImageInput = z.input<typeof image>;
export type ImagesDocument = Readonly<Record<string, ImageDocument>>;
export const imagesDocument = z.record(imageName, image);
