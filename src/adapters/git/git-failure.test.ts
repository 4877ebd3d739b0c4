import { expect, it } from 'vitest';
import { remoteFailure } from './git-failure.ts';

it('repeats the last words of git and its server, but not a flood of them', () => {
  const stderr = `remote: ${'x'.repeat(1_000_000)}\nfatal: unable to access\n`;
  const { message } = remoteFailure('https://h/r', { exitCode: 128, stdout: '', stderr, timedOut: false }, 1000, true);
  expect(message).toMatch(/^cannot read https:\/\/h\/r: remote: x+; unable to access$/);
  expect(message.length).toBeLessThan(400);
});
