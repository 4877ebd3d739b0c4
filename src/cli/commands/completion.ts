import { bashCompletion } from '../completion/bash-completion.ts';
import { completedCommands } from '../completion/completed-command.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { ArgumentOf } from '../table/entry.ts';
import { commandTable, globalOptions } from '../table/table.ts';
import { type Terminal, write } from '../terminal.ts';

type Shell = ArgumentOf<typeof commandTable.completion>;

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } satisfies Record<Shell, unknown>;

/** Prints the script of a shell, made from the table of commands. */
export async function completion(shell: Shell, { stdout }: Terminal): Promise<ExitCode> {
  await write(stdout, scripts[shell](completedCommands(commandTable, globalOptions)));
  return exitCodes.success;
}
