import { Command } from 'commander';
import { expect, it } from 'vitest';
import { describeManifest } from './describe-manifest.ts';

/** Whether the command is taken as it is written. */
async function takes(...words: readonly string[]): Promise<boolean> {
  const program = new Command('twinhull').exitOverride();
  let chosen = false;
  describeManifest(program, () => {
    chosen = true;
  });
  for (const command of program.commands[0]?.commands ?? []) command.configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['manifest', ...words], { from: 'user' }).catch(() => undefined);
  return chosen;
}

it.each([
  ['0', true],
  ['2147483647', true],
  ['2147483648', false],
  ['-1', false],
  ['1.5', false],
])('keeps a Job for %s seconds: %s', async (seconds, expected) => {
  expect(await takes('k8s', '--keep-seconds', seconds)).toBe(expected);
});
