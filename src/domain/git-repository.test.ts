import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TwinhullError } from './errors/twinhull-error.ts';
import { httpsEquivalent, parseRepository, repositoryIdentity, withoutCredential } from './git-repository.ts';

const canary = 'ghp_canary0123456789';

function refusal(text: string): TwinhullError {
  try {
    parseRepository(text);
  } catch (error) {
    if (TwinhullError.is(error, 'RepositoryInvalid')) return error;
  }
  throw new Error(`${text} was not refused`);
}

describe('parseRepository', () => {
  it.each([
    ['https://github.com/Org/repo', 'https://github.com/Org/repo.git'],
    ['https://GitHub.COM:443/Org/repo.git/', 'https://github.com/Org/repo.git'],
    [' https://git.example.org:8443/a/b/c ', 'https://git.example.org:8443/a/b/c'],
    ['https://git.example.org/~me/x.git', 'https://git.example.org/~me/x.git'],
    ['http://localhost:3000/x.git', 'http://localhost:3000/x.git'],
    ['http://127.0.0.1/x.git', 'http://127.0.0.1/x.git'],
    ['http://[::1]:80/x.git', 'http://[::1]/x.git'],
  ])('converts %s to its canonical form', (text, canonical) => {
    expect(parseRepository(text)).toBe(canonical);
    expect(parseRepository(canonical)).toBe(canonical);
  });

  it.each([
    ['git@github.com:org/repo.git', 'give "https://github.com/org/repo.git"'],
    ['ssh://git@github.com:22/org/repo.git', 'give "https://github.com/org/repo.git"'],
    ['github.com/org/repo', 'give "https://github.com/org/repo"'],
    ['org/repo', 'if it is on GitHub, give "https://github.com/org/repo"'],
    ['http://github.com/org/repo', 'give "https://github.com/org/repo"'],
  ])('refuses %s and suggests what was probably meant', (text, hint) => {
    expect(refusal(text).hint).toBe(hint);
  });

  it.each([
    ['', 'empty'],
    ['https://', 'not a URL'],
    ['https://host', 'no path'],
    ['https://host/', 'no path'],
    ['ftp://host/x', 'ftp is not https'],
    ['file:///etc/passwd', 'file is not https'],
    ['https://host/../x', 'dots only'],
    ['https://host/a/./x', 'dots only'],
    ['https://host/a//x', 'empty part'],
    ['https://host/%2e%2e/x', 'it may contain only'],
    ['https://host\\@evil.example/x', 'user name or password'],
    ['https://host\\x/y', 'it may contain only'],
    ['https://host/a b', 'it may contain only'],
    ['https://host/$(id)', 'it may contain only'],
    ['https://host/-x', 'dash'],
    ['https://host/.git', '.git alone'],
    ['https://host/x?y=1', 'query or fragment'],
    ['https://host/x#y', 'query or fragment'],
    ['ext::sh -c id', 'ext is not https'],
    ['-oProxyCommand=x', 'not a URL'],
  ])('refuses %j with the reason', (text, why) => {
    expect(refusal(text).message).toContain(why);
  });

  it('refuses text that is too long, and truncates it in the message', () => {
    const { message } = refusal(`https://host/${'x'.repeat(2000)}`);
    expect(message).toContain('longer than 1024');
    expect(message.length).toBeLessThan(200);
  });

  it.each([
    `https://x-access-token:${canary}@github.com/org/repo`,
    `https://${canary}@github.com/org/repo`,
    `https://user:a@b${canary}@github.com/x`,
    `https://user:a/${canary}@github.com/x`,
    `https://github.com/x?access_token=${canary}`,
    `https://github.com/x#${canary}`,
    `${canary}@github.com:org/repo`,
    `user:${canary}@github.com/org/repo`,
    `ssh://user:${canary}@github.com/org/repo`,
    `https://user:${canary}@`,
    `https:///user:${canary}@host/x y`,
  ])('does not quote the credential in %s', (text) => {
    const { message, hint } = refusal(text);
    expect(`${message} ${hint}`).not.toContain(canary);
  });

  it('returns only plain characters for any input', () => {
    const hostile = fc.tuple(
      fc.constantFrom('https://host/', 'https://', 'http://127.0.0.1/', ''),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(
      fc.property(hostile, ([start, end]) => {
        const canonical = parsed(start + end);
        if (canonical === undefined) return;
        expect(canonical).toMatch(/^https?:\/\/[a-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~+][A-Za-z0-9._~+-]*)+$/);
        expect(parseRepository(canonical)).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });
});

function parsed(text: string): string | undefined {
  try {
    return parseRepository(text);
  } catch (error) {
    expect(TwinhullError.is(error, 'RepositoryInvalid')).toBe(true);
    return undefined;
  }
}

it('distinguishes spellings of one repository from different repositories', () => {
  const identity = (text: string): string => repositoryIdentity(parseRepository(text));
  expect(identity('https://github.com/Org/Repo')).toBe(identity('https://GITHUB.com/org/repo.git/'));
  expect(identity('https://git.example.org/x')).toBe(identity('https://git.example.org/x.git'));
  expect(identity('https://git.example.org/x')).not.toBe(identity('https://git.example.org/X'));
  expect(identity('https://git.example.org/x')).not.toBe(identity('https://git.example.org:8443/x'));
});

it.each([
  ['git@github.com:org/repo.git', 'https://github.com/org/repo.git'],
  ['ssh://git@host.example:2222/org/repo', 'https://host.example/org/repo'],
  [`https://u:${canary}@host/x.git`, 'https://host/x.git'],
  ['/srv/git/x.git', undefined],
  ['../x', undefined],
])('converts the remote %s to %s', (remote, https) => {
  expect(httpsEquivalent(remote)).toBe(https);
});

it('removes credentials from an address', () => {
  expect(withoutCredential(`https://u:${canary}@host/x?token=${canary}`)).toBe('https://***@host/x');
  expect(withoutCredential('git@host:x')).toBe('git@host:x');
});
