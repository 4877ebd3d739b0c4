import { Command } from 'commander';
import { expect, it } from 'vitest';
import { describeManifest } from './manifest.options.ts';

/** Whether the command line is accepted. */
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
])('accepts --keep-seconds %s: %s', async (seconds, expected) => {
  expect(await takes('k8s', '--keep-seconds', seconds)).toBe(expected);
});

it.each([
  ['USER=me', true],
  ['EMPTY=', true],
  ['A=b=c', true],
  ['USER', false],
  ['1A=b', false],
  ['=b', false],
])('accepts the environment variable %s: %s', async (variable, expected) => {
  expect(await takes('k8s', '--env', variable)).toBe(expected);
});

it.each(['nextflow', 'vecoli', 'snakemake'])('accepts or refuses the head %s', async (head) => {
  expect(await takes('k8s', '--head', head)).toBe(head !== 'snakemake');
});
