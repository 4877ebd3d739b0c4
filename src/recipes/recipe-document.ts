import * as z from 'zod';
import { defaultWhenBusy, whenBusyPolicies } from '../domain/queue-policy.ts';
import { defaultBaseArgument } from '../domain/recipe.ts';
import {
  branchPattern,
  dockerfileText,
  duration,
  imageName,
  onceStage,
  plainText,
  platformName,
  repositoryPath,
  scriptVariableName,
  secretId,
  stageName,
  strictObject,
  variableName,
} from './field-rules.ts';
import { unsupportedInDockerfile, unsupportedInScript } from './unsupported-fields.ts';

/** The recipe file, field by field: the source of the JSON Schema that editors use for completion. */

const list = <Item extends z.ZodType>(item: Item, most: number) =>
  z.array(item).max(most, { error: `at most ${most} are allowed` });
const distinct = (items: readonly string[]): boolean => new Set(items).size === items.length;

const variables = (name: z.ZodString) =>
  z.record(name, plainText).refine((all) => Object.keys(all).length <= 50, { error: 'at most 50 are allowed' });

const command = list(plainText, 50)
  .min(1, { error: 'a command has at least one word' })
  .refine(([first]) => first !== '', { error: 'the first word of a command is not empty' });

const secrets = list(secretId, 20).refine(distinct, { error: 'an id is listed twice' }).default([]);

const dockerfile = strictObject(
  {
    path: z
      .union([
        repositoryPath,
        strictObject({
          'linux/arm64': repositoryPath.optional().describe('The one for linux/arm64.'),
          'linux/amd64': repositoryPath.optional().describe('The one for linux/amd64.'),
        }),
      ])
      .optional()
      .describe('Path of the Dockerfile in the repository; a mapping has one for each platform. Default: Dockerfile.'),
    inline: dockerfileText
      .optional()
      .describe(
        'The text of the Dockerfile, where it is no file of the repository. On AWS Batch the environment of a job has at most 5,632 characters; `plan` checks it.',
      ),
    context: repositoryPath.default('.').describe('Folder of the repository that is the build context.'),
    target: stageName.optional().describe('Stage of the Dockerfile to build. Default: the last one.'),
    args: variables(variableName)
      .default({})
      .describe(
        'Build arguments (ARG). Placeholders are filled in, such as {commit} and {platform}. They stay in the history of the image: never put a secret here.',
      ),
    once: z
      .record(variableName, onceStage)
      .refine((all) => Object.keys(all).length <= 5, { error: 'at most 5 are allowed' })
      .optional()
      .describe(
        'Stages of the Dockerfile that do not depend on the commit, by build argument: each is built once a month and platform, with an empty context, kept in the destination, and passed in its argument as repository@digest.',
      ),
    secrets: secrets.describe(
      'Ids of secrets for `RUN --mount=type=secret,id=...`. Their values come from the operator’s settings.',
    ),
    cache: z
      .boolean()
      .default(true)
      .describe('Whether to use and write a layer cache in the registry, one per image and platform.'),
  },
  unsupportedInDockerfile,
).describe('Builds the image with `docker build`.');

const script = strictObject(
  {
    path: repositoryPath.describe(
      'Path in the repository of the script that builds and pushes the image, run by bash at the root of the checkout.',
    ),
    args: list(plainText, 50)
      .default([])
      .describe(
        'Its arguments. Placeholders are filled in, such as {commit} and {platform}; {tag}, which the script must push, is a whole argument.',
      ),
    env: variables(scriptVariableName)
      .default({})
      .describe('Environment variables of the script. Placeholders are filled in as in args.'),
    secrets: secrets.describe(
      'Ids of secrets for the script. The variable TWINHULL_SECRET_{ID} (in capitals, with _ for other characters) contains the path of a file with the value.',
    ),
    cache: z
      .boolean()
      .default(true)
      .describe(
        'Whether its `docker build` uses and writes a layer cache in the registry, one per image and platform.',
      ),
  },
  unsupportedInScript,
).describe("Builds and pushes the image with the repository's own script.");

const from = z
  .union([
    imageName,
    strictObject({
      image: imageName.describe('The image of this recipe that it is based on.'),
      argument: variableName
        .default(defaultBaseArgument)
        .describe('Build argument that carries the base as repository@digest.'),
    }),
  ])
  .describe(
    `The image of this recipe that it is based on. Its Dockerfile contains \`ARG ${defaultBaseArgument}\` and \`FROM \${${defaultBaseArgument}}\`.`,
  );

const tagText = z.string().max(256, { error: 'a tag has at most 256 characters' });

const tag = z.union([
  tagText,
  strictObject({
    tag: tagText.describe('The tag, with placeholders as above.'),
    moving: z
      .boolean()
      .optional()
      .describe('Whether later builds move the tag. Default: true for latest and tags with {branch}, otherwise false.'),
  }),
]);

const image = strictObject({
  from: from.optional(),
  platforms: list(platformName, 2)
    .min(1, { error: 'name at least one platform' })
    .refine(distinct, { error: 'a platform is listed twice' })
    .optional()
    .describe(
      'Platforms to build for. Default: those of its base image in this recipe, otherwise linux/arm64 and linux/amd64.',
    ),
  architecture: z
    .literal('independent', { error: 'expected independent, or nothing' })
    .optional()
    .describe(
      'independent: programs in the image may be of another platform, for example data, jars or firmware. Default: programs are checked and must match the platform.',
    ),
  dockerfile: dockerfile.optional(),
  script: script.optional(),
  verify: list(command, 20)
    .default([])
    .describe(
      'Commands that must succeed in the new image before anything is pushed, each a list of words; no shell reads them.',
    ),
  tags: list(tag, 20)
    .optional()
    .describe(
      'Tags to publish. Placeholders: {commit}, {short} (its first 7 digits), {branch}, and {platform} (arm64, amd64: one tag for each), as docs/recipes.md lists them. ' +
        'Default: {commit} for the first image, {commit}-{name of the image} for the others. An empty list publishes none.',
    ),
}).describe('One image: give `dockerfile` or `script`.');

const depthError = { error: 'expected a number of commits, or full' };

const checkout = strictObject({
  lfs: z
    .boolean()
    .optional()
    .describe(
      'Whether to fetch files in Git LFS, with the same token. Default: a job fails where it would use a pointer file; false accepts them.',
    ),
  submodules: z
    .boolean()
    .optional()
    .describe(
      'Whether to check out submodules, recursively, with the same token. Default: a job fails where it would use an empty one; false accepts them.',
    ),
  depth: z
    .union([z.int(depthError).min(1, depthError).max(1_000_000, depthError), z.literal('full', depthError)], depthError)
    .optional()
    .describe('How many commits of the history to fetch, or full. Default: 1; with tags, full.'),
  tags: z
    .boolean()
    .optional()
    .describe('Whether to fetch all tags, so that `git describe` works in scripts, and in Dockerfiles that copy .git.'),
}).describe('Which parts of the repository a job checks out.');

/** Limits of each attempt of a job, not of the whole build. */
export const timeouts = strictObject({
  wait: duration.default('2h').describe('Longest time that a job may wait for a machine.'),
  run: duration
    .optional()
    .describe('Longest time that a job may run. Default: 3h, or BUILD_TIMEOUT_SECONDS if that is less.'),
}).describe('Durations such as 45s, 90m or 2h, up to 7d.');

const on = strictObject({
  push: strictObject({
    branches: list(branchPattern, 50)
      .min(1, { error: 'name at least one branch' })
      .describe('Branches to build: names, in which * matches any text without a slash, and ** any text.'),
    whenBusy: z
      .enum(whenBusyPolicies, { error: `expected one of ${whenBusyPolicies.join(', ')}` })
      .default(defaultWhenBusy)
      .describe(
        'What happens to a push while an earlier build publishes the same tags. queue-newest: it waits, and replaces older waiting pushes to the branch. ' +
          'queue-all: all wait in order. supersede: as queue-newest, and the running build of the branch is cancelled unless it is publishing.',
      ),
  })
    .optional()
    .describe('Pushes to GitHub that a service with this recipe builds. Default: none.'),
}).describe('Events that start a build, if this recipe is configured in `twinhull serve` (docs/github.md).');

/** The schema of a recipe file, from which the JSON schema for editors is generated. */
export const recipeDocument = strictObject({
  version: z
    .literal(1, { error: 'expected 1, the version of the recipe format' })
    .describe('Version of the recipe format.'),
  name: imageName.optional().describe('Name of the recipe, shown in lists. Default: the name of the preset.'),
  preset: z.string().optional().describe('A built-in recipe to use instead of `images`.'),
  with: z.record(z.string(), z.unknown()).optional().describe('Options of the preset.'),
  checkout: checkout.optional(),
  submodules: z.boolean().optional().describe('The same as `checkout.submodules`.'),
  timeouts: timeouts.optional(),
  on: on.optional(),
  images: z
    .record(imageName, image)
    .refine((images) => Object.keys(images).length > 0, { error: 'a recipe has at least one image' })
    .refine((images) => Object.keys(images).length <= 20, { error: 'a recipe has at most 20 images' })
    .optional()
    .describe('The images, by name.'),
}).describe('A Twinhull recipe: which images to build from a commit, how, and on which platforms.');

/** A recipe file with the schema's defaults, before images are resolved. */
export type RecipeDocument = z.output<typeof recipeDocument>;
/** An image of a recipe file with the schema's defaults. */
export type ImageDocument = z.output<typeof image>;
/** An image as an author writes it: defaults may be absent. */
export type ImageInput = z.input<typeof image>;
/** Images by name, in the order of the file; a base may come after the image that uses it. */
export type ImagesDocument = Readonly<Record<string, ImageDocument>>;
/** The schema of `images`; whether bases exist is checked afterwards. */
export const imagesDocument = z.record(imageName, image);
