import { expect, it } from 'vitest';
import { isPassing, remoteFailure } from './git-errors.ts';
import type { GitResult } from './run-git.ts';

it('quotes the last lines of git and its server, up to a limit', () => {
  const stderr = `remote: ${'x'.repeat(1_000_000)}\nfatal: unable to access\n`;
  const { message } = remoteFailure(
    'https://h/r',
    { exitCode: 128, stdout: '', stderr, timedOut: false },
    1000,
    'x-token-auth',
  );
  expect(message).toMatch(/^cannot read https:\/\/h\/r: remote: x+; unable to access$/);
  expect(message.length).toBeLessThan(400);
});

const failed = (stderr: string, retryAfter?: string): GitResult => {
  return { exitCode: 128, stdout: '', stderr, timedOut: false, retryAfter };
};
const forbidden = "fatal: unable to access 'https://h/r/': The requested URL returned error: 403\n";

it.each<[string, GitResult, string, string]>([
  [
    'a limit that has words',
    failed(`remote: You have exceeded a secondary rate limit.\n${forbidden}`),
    'GitUnreachable',
    'wait before the next try',
  ],
  ['a limit that has a Retry-After', failed(forbidden, '60'), 'GitUnreachable', 'wait before the next try'],
  ['429', failed(forbidden.replace('403', '429')), 'GitUnreachable', 'wait before the next try'],
  ['a plain 403', failed(forbidden), 'GitAccessDenied', 'give a token'],
  [
    'a 403 for another reason',
    failed(`remote: Write access not granted.\n${forbidden}`),
    'GitAccessDenied',
    'give a token',
  ],
  ['a repository of that name', failed(forbidden.replace('/r/', '/rate limit/')), 'GitAccessDenied', 'give a token'],
  [
    'a page',
    failed('fatal: https://h/r/info/refs not valid: is this a git repository?'),
    'GitAccessDenied',
    'TWINHULL_GIT_USERNAME',
  ],
  [
    'an absent repository',
    failed("fatal: repository 'https://h/r/' not found"),
    'GitAccessDenied',
    'check the address',
  ],
  ['a CA file without a certificate', failed('error adding trust anchors from file'), 'SettingInvalid', 'in PEM form'],
  ['an unknown CA', failed('server certificate verification failed'), 'GitUnreachable', 'TWINHULL_GIT_CA_FILE'],
])('explains %s', (_, result, code, hint) => {
  const failure = remoteFailure('https://h/r', result, 1000, 'x-token-auth');
  expect({ code: failure.code, hint: failure.hint }).toEqual({ code, hint: expect.stringContaining(hint) });
  expect(isPassing(result)).toBe(hint.startsWith('wait'));
});
