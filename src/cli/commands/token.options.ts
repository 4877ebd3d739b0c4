import { type Command, Option } from 'commander';
import { scopes } from '../../ports/token-store.ts';
import type { Terminal } from '../terminal.ts';
import type { TokenCreateOptions, TokenListOptions } from './token.ts';

/** `twinhull token create|list|revoke`: manages access to the API. */
export function describeToken(program: Command, choose: (run: (terminal: Terminal) => Promise<number>) => void): void {
  const token = program.command('token').description('create, list and revoke tokens of the HTTP API');

  const create = token
    .command('create')
    .description('create a token and print it once; it is not stored')
    .requiredOption('--name <name>', 'who or what uses it')
    .addOption(new Option('--scope <scope>', 'scope of the token').choices(scopes).default('build'))
    .option('--json', 'print it as JSON', false)
    .action((options: TokenCreateOptions) =>
      choose(async (terminal) => (await import('./token.ts')).createToken(options, terminal)),
    );

  const list = token
    .command('list')
    .description('list tokens, including revoked ones')
    .option('--json', 'print them as JSON', false)
    .action((options: TokenListOptions) =>
      choose(async (terminal) => (await import('./token.ts')).listTokens(options, terminal)),
    );

  const revoke = token
    .command('revoke')
    .description('revoke a token')
    .argument('<id>', 'id of the token')
    .action((id: string) => choose(async (terminal) => (await import('./token.ts')).revokeToken(id, terminal)));

  for (const command of [create, list, revoke])
    command.exitOverride().showHelpAfterError(`(see twinhull token ${command.name()} --help)`);
}
