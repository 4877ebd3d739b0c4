import { buildStates } from '../../domain/build.ts';
import { platforms } from '../../domain/platform.ts';
import { ifBusyPolicies } from '../../domain/queue-policy.ts';
import { commitBeginning, positiveNumber, wholeNumber } from '../option-values.ts';
import type { CommandEntry } from './entry.ts';

const planOptions = {
  repository: { value: 'url', summary: 'git repository, an https:// URL', otherwise: 'the origin of this folder' },
  ref: { value: 'reference', summary: 'branch, tag, commit or refs/...', otherwise: 'the commit of this folder' },
  recipe: { value: 'recipe', summary: 'recipe file, or preset: vecoli', isFile: true },
  destination: { value: 'repository', summary: 'repository in a registry, host[:port]/path' },
} as const;

/** How `build` and `retry` report the build that they start. */
const startOptions = {
  detach: { summary: 'return at once; the build continues in the background' },
  metadataFile: { value: 'file', summary: 'also write the result to this file as JSON', isFile: true },
  json: { summary: 'print the result as JSON' },
} as const;

const latestBuild = { name: 'build', summary: 'id of the build', otherwise: 'the latest' } as const;
const namedBuild = { name: 'build', summary: 'id of the build', required: true } as const;
/** The argument of commands that use what a build published. */
export const publishedBuild = {
  name: 'build',
  summary: 'id of the build, or a commit',
  otherwise: 'the latest published build',
} as const;

/** `twinhull build` */
export const build = {
  summary: 'build one commit and publish its images',
  options: {
    ...planOptions,
    force: { summary: 'build even if the images exist; take over moving tags of others, and tags of unknown owners' },
    ifBusy: {
      value: 'policy',
      summary: 'while another build publishes one of its tags',
      choices: ifBusyPolicies,
      otherwise: 'refuse',
    },
    ...startOptions,
  },
  examples: [
    ['twinhull build', 'build the commit that is checked out in this folder, and show its progress'],
    [
      'twinhull build --ref main --if-busy queue-newest',
      'build the tip of a branch, after a build that publishes the same tags',
    ],
    ['twinhull build --ref v1.2.0 --detach', 'print the id of the build and return'],
  ],
} as const satisfies CommandEntry;

/** `twinhull plan` */
export const plan = {
  summary: 'show the jobs, steps and tags of a build without running it',
  options: { ...planOptions, json: { summary: 'print the plan as JSON' } },
  examples: [['twinhull plan', 'show what a build of this folder would do']],
} as const satisfies CommandEntry;

/** `twinhull status` */
export const status = {
  summary: 'show a build',
  argument: latestBuild,
  options: { json: { summary: 'print it as JSON' } },
} as const satisfies CommandEntry;

/** `twinhull wait` */
export const wait = {
  summary: 'wait until a build has ended',
  argument: latestBuild,
  options: {
    timeout: { value: 'seconds', summary: 'stop waiting after this many seconds', parse: positiveNumber },
    json: { summary: 'print the result as JSON' },
  },
  examples: [['twinhull wait --timeout 3600', 'wait for the latest build, an hour at most']],
} as const satisfies CommandEntry;

/** `twinhull logs` */
export const logs = {
  summary: 'print the logs of a build',
  argument: latestBuild,
  options: {
    platform: { value: 'platform', summary: 'only this platform', choices: platforms },
    follow: { summary: 'follow until the build has ended' },
    attempt: { value: 'number', summary: 'this attempt', parse: wholeNumber, otherwise: 'the last' },
    json: { summary: 'print one JSON object a line' },
  },
  examples: [['twinhull logs --platform linux/arm64 --follow', 'follow one half of the latest build']],
} as const satisfies CommandEntry;

/** `twinhull list` */
export const list = {
  summary: 'list builds, newest first',
  options: {
    limit: { value: 'number', summary: 'how many', parse: wholeNumber, default: 20 },
    all: { summary: 'no limit' },
    state: { value: 'state', summary: 'only these', choices: buildStates, several: true },
    commit: { value: 'commit', summary: 'only of this commit: 7 to 40 hexadecimal digits', parse: commitBeginning },
    json: { summary: 'print them as JSON' },
  },
  examples: [['twinhull list --state building waiting', 'list the builds in progress']],
} as const satisfies CommandEntry;

/** `twinhull images` */
export const images = {
  summary: 'show what a build published: tags, digests, platforms, sizes',
  argument: publishedBuild,
  options: { json: { summary: 'print them as JSON' } },
} as const satisfies CommandEntry;

/** `twinhull cancel` */
export const cancel = {
  summary: 'stop a build',
  argument: namedBuild,
  options: { json: { summary: 'print the build as JSON' } },
} as const satisfies CommandEntry;

/** `twinhull retry` */
export const retry = {
  summary: 'rebuild the platforms that failed, and publish',
  argument: namedBuild,
  options: startOptions,
} as const satisfies CommandEntry;

/** `twinhull promote` */
export const promote = {
  summary: 'point a tag at the images of a commit, without building',
  argument: { name: 'commit', summary: 'a published commit, 7 to 40 hexadecimal digits', required: true },
  options: {
    tag: { value: 'tag', summary: 'tag to move, such as stable', required: true },
    image: { value: 'name', summary: 'image of the recipe. Default: the first' },
    force: { summary: 'take the tag over from another owner' },
    json: { summary: 'print the result as JSON' },
  },
  examples: [['twinhull promote 3f2c1a9 --tag stable', 'move the tag stable to the images of a commit']],
} as const satisfies CommandEntry;
