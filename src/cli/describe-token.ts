import { type Command, Option } from 'commander';
import { scopes } from '../ports/token-store.ts';
import type { TokenCreateOptions, TokenListOptions } from './commands/token.ts';
import type { Terminal } from './terminal.ts';

/** `twinhull token create|list|revoke`: who may use the API. */
export function describeToken(program: Command, choose: (run: (terminal: Terminal) => Promise<number>) => void): void {
  const token = program.command('token').description('make, list and revoke the tokens of the HTTP API');

  const create = token
    .command('create')
    .description('make a token and print it: it is shown this once, and kept nowhere')
    .requiredOption('--name <name>', 'whom or what it is for')
    .addOption(new Option('--scope <scope>', 'what it allows').choices(scopes).default('build'))
    .option('--json', 'print it as JSON', false)
    .action((options: TokenCreateOptions) =>
      choose(async (terminal) => (await import('./commands/token.ts')).createToken(options, terminal)),
    );

  const list = token
    .command('list')
    .description('list tokens, revoked ones too')
    .option('--json', 'print them as JSON', false)
    .action((options: TokenListOptions) =>
      choose(async (terminal) => (await import('./commands/token.ts')).listTokens(options, terminal)),
    );

  const revoke = token
    .command('revoke')
    .description('refuse a token from now on')
    .argument('<id>', 'id of the token')
    .action((id: string) =>
      choose(async (terminal) => (await import('./commands/token.ts')).revokeToken(id, terminal)),
    );

  for (const command of [create, list, revoke])
    command.exitOverride().showHelpAfterError(`(see twinhull token ${command.name()} --help)`);
}
