import { CommanderError } from 'commander';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { stateFolder } from '../settings/state-folder.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { createParser, type Run, serverOf } from './table/parser.ts';
import { runs } from './table/runs.ts';
import { commandTable, globalOptions } from './table/table.ts';
import { type Terminal, write } from './terminal.ts';
import { version } from './version.ts';

/** Parses the command line, runs the command, and turns any error into text and an exit code. */
export async function run(words: readonly string[], process: NodeJS.Process): Promise<number> {
  const terminal: Terminal = { cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr };
  let chosen: Run | undefined;
  const program = createParser({
    commands: commandTable,
    globalOptions,
    runs,
    version: version(),
    choose: (command) => {
      chosen = command;
    },
  });
  // As a variable it applies to all output, to programs that are run, and to errors of this command line.
  program.on('option:no-color', () => {
    process.env['NO_COLOR'] = '1';
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return chosen === undefined ? exitCodes.success : await chosen({ ...terminal, server: serverOf(program) });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.wrongUse;
    await write(terminal.stderr, await errorText(error, terminal));
    return exitCodeOf(error);
  }
}

/** An unknown error is shown as an id only; its details go to a file in the state folder. */
async function errorText(error: unknown, { stderr }: Terminal): Promise<string> {
  const { renderError } = await import('./render/error.ts');
  const { displayOf } = await import('./render/display.ts');
  if (TwinhullError.is(error)) return renderError(error, displayOf(stderr));
  const { recordUnknownError } = await import('./render/error-log.ts');
  return renderError(error, displayOf(stderr), recordUnknownError(error, stateFolder(process.env)));
}
