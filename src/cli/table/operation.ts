import { defaultRetention } from '../../pipeline/prune/policy.ts';
import { scopes } from '../../ports/token-store.ts';
import { contextValue, wholeNumberIn } from '../option-values.ts';
import type { CommandEntry, GroupEntry } from './entry.ts';

/** `twinhull init` */
export const init = {
  summary: 'write a recipe for the Dockerfiles in this folder',
  isLocal: true,
  options: {
    output: { value: 'file', summary: 'where to', default: 'twinhull.yaml', isFile: true },
    stdout: { summary: 'print it instead' },
  },
  examples: [['twinhull init', 'write twinhull.yaml']],
} as const satisfies CommandEntry;

/** `twinhull doctor` */
export const doctor = {
  summary: 'check everything that builds need (engine or AWS, disk, registry, git access), with a fix for each problem',
  isLocal: true,
  options: {
    backend: { value: 'backend', summary: 'backend to check', choices: ['docker', 'aws'] },
    destination: { value: 'repository', summary: 'repository in a registry, host[:port]/path' },
    repository: { value: 'url', summary: 'git repository' },
    beforeDeploy: { summary: 'check instead whether the AWS account is ready for the stack of infra/' },
    context: {
      value: 'key=value',
      short: 'c',
      summary: 'option of that deployment, in addition to cdk.context.json; repeatable',
      parse: contextValue,
    },
    json: { summary: 'print the checks as JSON' },
  },
  examples: [
    ['twinhull doctor --backend aws', 'check AWS, whatever TWINHULL_BACKEND names'],
    ['twinhull doctor --before-deploy -c name=acme', 'check an AWS account before its stack is deployed'],
  ],
} as const satisfies CommandEntry;

/** `twinhull reconcile` */
export const reconcile = {
  summary: 'drive all builds of the store to their end, also after a crash',
  isLocal: true,
  options: { untilIdle: { summary: 'exit when no build is open' } },
} as const satisfies CommandEntry;

const count = wholeNumberIn(0, 100_000);

/** `twinhull prune` */
export const prune = {
  summary: 'show which old builds, logs, tags and images would be removed; with --yes remove them',
  isLocal: true,
  options: {
    yes: { summary: 'remove them' },
    dryRun: { summary: 'only show them (the default)', conflicts: 'yes' },
    destination: { value: 'repository', summary: 'only of this repository, host[:port]/path' },
    keepDays: {
      value: 'days',
      summary: 'keep published builds, and their staging tags',
      parse: count,
      default: defaultRetention.keepDays,
    },
    keepFailedDays: {
      value: 'days',
      summary: 'keep failed and cancelled builds, and what they pushed',
      parse: count,
      default: defaultRetention.keepFailedDays,
    },
    keepLogDays: { value: 'days', summary: 'keep logs', parse: count, default: defaultRetention.keepLogDays },
    keepCacheDays: {
      value: 'days',
      summary: 'keep cache tags after their last use',
      parse: count,
      default: defaultRetention.keepCacheDays,
    },
    keepPublished: {
      value: 'number',
      summary: 'newest published builds to keep per recipe',
      parse: count,
      default: defaultRetention.keepPublished,
    },
    published: { summary: 'also remove old published tags, except moving ones' },
    unknownTags: {
      summary: 'also remove staging and cache tags of unknown builds; use it only if no other store publishes there',
    },
    json: { summary: 'print it as JSON' },
  },
  examples: [
    ['twinhull prune', 'show what would be removed'],
    ['twinhull prune --yes --keep-days 90', 'remove what is older than 90 days'],
  ],
} as const satisfies CommandEntry;

/** `twinhull serve` */
export const serve = {
  summary: 'serve the HTTP API, and drive the builds that it accepts',
  isLocal: true,
  options: { listen: { value: 'address', summary: 'host:port', otherwise: 'TWINHULL_LISTEN' } },
} as const satisfies CommandEntry;

/** `twinhull open` */
export const open = {
  summary: 'print a link that opens the pages of the service on this machine, signed in',
} as const satisfies CommandEntry;

/** `twinhull token create` */
export const tokenCreate = {
  summary: 'create a token and print it once; it is not stored',
  options: {
    name: { value: 'name', summary: 'who or what uses it', required: true },
    scope: { value: 'scope', summary: 'scope of the token', choices: scopes, default: 'build' },
    json: { summary: 'print it as JSON' },
  },
  examples: [['twinhull token create --name ci --scope build', 'print a token that may start builds']],
} as const satisfies CommandEntry;

/** `twinhull token list` */
export const tokenList = {
  summary: 'list tokens, including revoked ones',
  options: { json: { summary: 'print them as JSON' } },
} as const satisfies CommandEntry;

/** Shells that `twinhull completion` has a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** `twinhull completion` */
export const completion = {
  summary: 'print a script that completes commands, options and values in a shell',
  isLocal: true,
  argument: { name: 'shell', summary: 'shell that loads it', choices: shells, required: true },
  examples: [
    [
      'twinhull completion bash > ~/.local/share/bash-completion/completions/twinhull',
      'with the package bash-completion',
    ],
    ['twinhull completion zsh > ~/.zfunc/_twinhull', 'with ~/.zfunc in fpath before compinit'],
    ['twinhull completion fish > ~/.config/fish/completions/twinhull.fish', 'new shells load it'],
  ],
} as const satisfies CommandEntry;

/** `twinhull token` */
export const token = {
  summary: 'create, list, revoke and restore access to the HTTP API',
  isLocal: true,
  commands: {
    create: tokenCreate,
    list: tokenList,
    revoke: {
      summary: 'revoke a token, or the access of a person who signed in by OpenID Connect',
      argument: { name: 'id', summary: 'id of the token', required: true },
    },
    restore: {
      summary: 'let a person sign in again whose access was revoked; other tokens stay revoked',
      argument: { name: 'id', summary: 'id in `twinhull token list`', required: true },
    },
  },
} as const satisfies GroupEntry;
