import { expect, it } from 'vitest';
import { bootstrapCommand, readBootstrap } from './bootstrap.ts';

const sha256 = 'a'.repeat(64);
const fromS3 = bootstrapCommand({
  place: { s3Url: 's3://assets/key.sh', region: 'us-gov-west-1' },
  sha256,
  contract: 7,
});
const fromImage = bootstrapCommand({ place: { path: '/opt/builder.sh' }, sha256, contract: 7 });

it('contains nothing that Batch would replace with a parameter', () => {
  for (const command of [fromS3, fromImage]) expect(command.join('\n')).not.toContain('Ref::');
});

it('passes names as arguments, never in the shell text', () => {
  expect(fromS3[2]).not.toContain('assets');
  expect(fromS3.slice(4)).toEqual([sha256, '/tmp/twinhull-builder.sh', 's3://assets/key.sh', 'us-gov-west-1']);
  expect(fromImage.slice(4)).toEqual([sha256, '/opt/builder.sh']);
});

it('can be parsed from a job definition', () => {
  for (const command of [fromS3, fromImage]) expect(readBootstrap(command)).toEqual({ sha256, contract: 7 });
  expect(readBootstrap(['sh', '-c', 'echo hello'])).toBeUndefined();
  expect(readBootstrap([])).toBeUndefined();
});
