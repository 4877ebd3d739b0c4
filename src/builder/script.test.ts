import { expect, it } from 'vitest';
import { builderScript, scriptDigest } from './script.ts';

it('never evaluates a value as code', async () => {
  expect(await builderScript()).not.toMatch(/\b(eval|xtrace)\b|set -\w*x/);
});

it('has a digest as sha256sum prints it', () => {
  expect(scriptDigest('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
