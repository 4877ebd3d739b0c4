import type { Command } from 'commander';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';

/** Commands that always run on this machine, with its store, its engine and its files. */
const here: ReadonlySet<string> = new Set(['init', 'doctor', 'reconcile', 'prune', 'serve', 'simulate', 'token']);

/**
 * Adds `--server`, before or after the name of a command. A server in the settings does not apply to local commands.
 */
export function describeServer(program: Command): void {
  program
    .option('--server <url>', 'run on this `twinhull serve` (default: TWINHULL_SERVER)')
    .hook('preAction', (_program, command) => {
      const name = nameBelow(program, command);
      if (serverOf(program) === undefined || !here.has(name)) return;
      throw new TwinhullError(
        'ArgumentInvalid',
        `twinhull ${name} works only on this machine and does not support --server`,
        {
          hint: 'omit --server, or run it on the machine of the service',
        },
      );
    });
}

export function serverOf(program: Command): string | undefined {
  return program.opts<{ server?: string }>().server;
}

/** The command's name; the first word of `token create`. */
function nameBelow(program: Command, command: Command): string {
  return command.parent === null || command.parent === program ? command.name() : nameBelow(program, command.parent);
}
