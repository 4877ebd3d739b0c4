import { build, cancel, images, list, logs, plan, promote, retry, status, wait } from './builds.ts';
import type { CommandEntries, OptionEntry, OptionsOf } from './entry.ts';
import { manifest } from './manifest.ts';
import { completion, doctor, init, open, prune, reconcile, serve, token } from './operation.ts';
import { simulate } from './simulate.ts';

/**
 * All commands, in the order of the help. The parser, the types of the options, the help and docs/commands.md come from
 * here. A new command needs an entry here, and in `runs.ts` the function that runs it.
 */
export const commandTable = {
  build,
  plan,
  status,
  wait,
  logs,
  list,
  images,
  cancel,
  retry,
  promote,
  manifest,
  init,
  doctor,
  reconcile,
  prune,
  simulate,
  serve,
  open,
  token,
  completion,
} as const satisfies CommandEntries;

/** Options of every command, before or after its name. */
export const globalOptions = {
  server: { value: 'url', summary: 'run on this `twinhull serve`', otherwise: 'TWINHULL_SERVER' },
  noColor: { summary: 'print without colours (also: NO_COLOR)' },
} as const satisfies Readonly<Record<string, OptionEntry>>;

/** The parsed options of a command that is in no group. */
export type CommandOptions<N extends keyof typeof commandTable> = OptionsOf<(typeof commandTable)[N]>;
