import { type CommandEntries, type CommandEntry, longFlag, type OptionEntry } from '../table/entry.ts';

/** What a shell can complete at one command: the program itself, a group, or a command. */
export interface CompletedCommand {
  /** The names that lead to it: `['token', 'create']`. Empty for the program itself. */
  readonly path: readonly string[];
  /** The commands below it. */
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
  /** The argument's name and its accepted values, of which there are none if any text is accepted. */
  readonly argument?: { readonly name: string; readonly values: readonly string[] };
}

/** One option of a command line. */
export interface CompletedOption {
  /** Such as `--ref`. */
  readonly flag: string;
  /** Such as `-c`. */
  readonly short?: string;
  readonly summary: string;
  /** Undefined for a switch. */
  readonly value?: {
    readonly name: string;
    /** The accepted values; empty if any text is accepted. */
    readonly values: readonly string[];
    readonly isFile: boolean;
    /** Whether several values may follow. */
    readonly several: boolean;
  };
}

const help: CompletedOption = { flag: '--help', short: '-h', summary: 'display help for command' };
const version: CompletedOption = { flag: '--version', short: '-V', summary: 'output the version number' };

/** Every command line that can be completed, the program itself first. */
export function completedCommands(
  entries: CommandEntries,
  globalOptions: Readonly<Record<string, OptionEntry>>,
): readonly CompletedCommand[] {
  const ofAll = [...optionsOf(globalOptions), help];
  const root = { path: [], commands: namesOf(entries), options: [...ofAll, version] };
  const below = Object.entries(entries).flatMap(([name, entry]) => {
    if (!('commands' in entry)) return [completed([name], entry, ofAll)];
    const group = { path: [name], commands: namesOf(entry.commands), options: ofAll };
    return [group, ...Object.entries(entry.commands).map(([each, its]) => completed([name, each], its, ofAll))];
  });
  return [root, ...below];
}

function completed(
  path: readonly string[],
  { options = {}, argument }: CommandEntry,
  ofAll: readonly CompletedOption[],
): CompletedCommand {
  return {
    path,
    commands: [],
    options: [...optionsOf(options), ...ofAll],
    argument: argument && { name: argument.name, values: argument.choices ?? [] },
  };
}

function namesOf(entries: CommandEntries): CompletedCommand['commands'] {
  return Object.entries(entries).map(([name, { summary }]) => ({ name, summary }));
}

function optionsOf(options: Readonly<Record<string, OptionEntry>>): readonly CompletedOption[] {
  return Object.entries(options).map(([key, { short, summary, value, choices, isFile, several }]) => ({
    flag: longFlag(key),
    short: short === undefined ? undefined : `-${short}`,
    summary,
    value:
      value === undefined
        ? undefined
        : { name: value, values: choices ?? [], isFile: isFile === true, several: several === true },
  }));
}
