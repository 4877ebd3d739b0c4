import { Argument, Command, Option, type OutputConfiguration } from 'commander';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Terminal } from '../terminal.ts';
import {
  type ArgumentEntry,
  type CommandEntries,
  type CommandEntry,
  describe,
  longFlag,
  type OptionEntry,
} from './entry.ts';

/** Runs the command that a command line names. */
export type Run = (terminal: Terminal) => Promise<number>;

/** What runs a command; its parameter is the `Call` of the command's entry. */
type CommandRun = (call: never) => Promise<number>;

/** A function for each command, and such a record for each group. */
export interface CommandRuns {
  readonly [name: string]: CommandRun | CommandRuns;
}

/** The tables and functions that a parser is made of. */
export interface ParserParts {
  readonly commands: CommandEntries;
  readonly runs: CommandRuns;
  readonly globalOptions: Readonly<Record<string, OptionEntry>>;
  readonly version: string;
  /** Where help and usage errors go. @default stdout and stderr of the process */
  readonly output?: OutputConfiguration;
  /** Receives what runs the command of the parsed command line. */
  readonly choose: (run: Run) => void;
}

/** The parser of the command line, with all help. It throws commander's errors. */
export function createParser(parts: ParserParts): Command {
  const { commands, runs, globalOptions, version, output = {}, choose } = parts;
  const program = new Command('twinhull')
    .description(
      'Build container images for two architectures at once, each natively, and publish them together or not at all.',
    )
    .version(version)
    .configureOutput(output)
    .exitOverride()
    .showHelpAfterError('(see twinhull --help)');
  for (const [key, entry] of Object.entries(globalOptions)) program.addOption(optionOf(key, entry));
  addCommands(program, commands, { runs, choose, program });
  return program;
}

/** The service that `--server` names. */
export function serverOf(program: Command): string | undefined {
  return program.opts<{ server?: string }>().server;
}

interface Parent {
  readonly runs: CommandRuns;
  readonly choose: ParserParts['choose'];
  readonly program: Command;
  /** The group to which the commands belong. */
  readonly group?: { readonly name: string; readonly isLocal: boolean };
}

function addCommands(command: Command, entries: CommandEntries, parent: Parent): void {
  for (const [name, entry] of Object.entries(entries)) {
    const path = parent.group === undefined ? name : `${parent.group.name} ${name}`;
    const child = command.command(name).description(entry.summary);
    child.exitOverride().showHelpAfterError(`(see twinhull ${path} --help)`);
    const run = parent.runs[name];
    if ('commands' in entry)
      addCommands(child, entry.commands, {
        ...parent,
        runs: run as CommandRuns,
        group: { name, isLocal: entry.isLocal === true },
      });
    else addCommand(child, entry, run as CommandRun, parent);
  }
}

function addCommand(
  command: Command,
  { argument, options = {}, isLocal }: CommandEntry,
  run: CommandRun,
  { group, choose, program }: Parent,
): void {
  if (argument !== undefined) command.addArgument(argumentOf(argument));
  for (const [key, entry] of Object.entries(options)) command.addOption(optionOf(key, entry));
  command.action(() => {
    if (isLocal === true || group?.isLocal === true) refuseServer(program, group?.name ?? command.name());
    const call = { argument: command.args[0], options: command.opts() };
    choose((terminal) => run({ ...call, terminal } as never));
  });
}

function argumentOf(entry: ArgumentEntry): Argument {
  const { name, choices, required } = entry;
  const argument = new Argument(required ? `<${name}>` : `[${name}]`, describe(entry));
  return choices === undefined ? argument : argument.choices(choices);
}

function optionOf(key: string, entry: OptionEntry): Option {
  const { short, value, several, choices, parse, required, conflicts } = entry;
  const flags = `${short === undefined ? '' : `-${short}, `}${longFlag(key)}`;
  const option = new Option(
    value === undefined ? flags : `${flags} <${value}${several ? '...' : ''}>`,
    describe(entry),
  );
  if (choices !== undefined) option.choices(choices);
  if (parse !== undefined) option.argParser(parse as (text: string, earlier: unknown) => unknown);
  if (required) option.makeOptionMandatory();
  if (conflicts !== undefined) option.conflicts(conflicts);
  const isPlainSwitch = value === undefined && conflicts === undefined && !option.negate;
  const standard = isPlainSwitch ? false : entry.default;
  return standard === undefined ? option : option.default(standard);
}

/** A server in the settings does not apply to local commands, but `--server` is a mistake there. */
function refuseServer(program: Command, name: string): void {
  if (serverOf(program) === undefined) return;
  throw new TwinhullError(
    'ArgumentInvalid',
    `twinhull ${name} works only on this machine and does not support --server`,
    { hint: 'omit --server, or run it on the machine of the service' },
  );
}
