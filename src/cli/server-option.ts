import type { Command } from 'commander';
import { TwinhullError } from '../errors/twinhull-error.ts';

/** What these do, they do on the machine they run on: with its store, its engine, its files. */
const here: ReadonlySet<string> = new Set(['init', 'doctor', 'reconcile', 'prune', 'serve', 'token']);

/** Adds `--server`, before or after the name of a command. Where the setting names a server, commands of here stay here. */
export function describeServer(program: Command): void {
  program
    .option('--server <url>', 'have the `twinhull serve` there do it; the setting TWINHULL_SERVER without it')
    .hook('preAction', (_program, command) => {
      const name = nameBelow(program, command);
      if (serverOf(program) === undefined || !here.has(name)) return;
      throw new TwinhullError('ArgumentInvalid', `twinhull ${name} works on this machine alone: it takes no --server`, {
        hint: 'leave --server out, or run it on the machine of the service',
      });
    });
}

export function serverOf(program: Command): string | undefined {
  return program.opts<{ server?: string }>().server;
}

/** The command's name, of `token create` the first word. */
function nameBelow(program: Command, command: Command): string {
  return command.parent === null || command.parent === program ? command.name() : nameBelow(program, command.parent);
}
