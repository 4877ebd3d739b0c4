import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatGitAudience } from '../../domain/git-audience.ts';
import { loadSettings } from '../../settings/settings.ts';
import { gitCredentialFor, readAllGitCredentials } from './git-credentials.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'twinhull-git-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function file(content: string): string {
  made += 1;
  const name = path.join(folder, String(made));
  writeFileSync(name, content);
  return name;
}

const settingsOf = (environment: Record<string, string>) =>
  loadSettings({ XDG_CONFIG_HOME: '/nonexistent', ...environment }).git;

it.each([
  [{ TWINHULL_GIT_HOST: 'github.com' }, 'https://github.com/acme/model.git'],
  [{ TWINHULL_REPOSITORY: 'https://GitHub.com/acme/other' }, 'https://github.com/acme/model.git'],
  [{ TWINHULL_REPOSITORY: 'https://git.example:8443/a' }, 'https://git.example:8443/b'],
  [{ TWINHULL_REPOSITORY: 'https://gitlab.com/a', TWINHULL_GIT_HOST: 'github.com' }, 'https://github.com/b'],
])('returns the token with %j for %s', async (environment, url) => {
  const git = settingsOf({ TWINHULL_GIT_TOKEN_FILE: file('secret'), ...environment });
  expect(await gitCredentialFor(url, git)).toMatchObject({ token: 'secret', username: 'x-access-token' });
});

it.each([
  [{ TWINHULL_GIT_HOST: 'github.com' }, 'https://evil.example/acme/model.git'],
  [{ TWINHULL_REPOSITORY: 'https://github.com/acme/other' }, 'https://evil.example/acme/model.git'],
  [{ TWINHULL_REPOSITORY: 'https://gitlab.com/a', TWINHULL_GIT_HOST: 'github.com' }, 'https://gitlab.com/a'],
  [{ TWINHULL_GIT_HOST: 'github.com/acme' }, 'https://github.com/acme-evil/model.git'],
])('returns no token with %j for %s', async (environment, url) => {
  const git = settingsOf({ TWINHULL_GIT_TOKEN_FILE: file('secret'), ...environment });
  expect(await gitCredentialFor(url, git)).toBeUndefined();
});

it.each<Record<string, string>>([
  {},
  { TWINHULL_REPOSITORY: 'nonsense' },
  { TWINHULL_REPOSITORY: 'git@evil.example:a/b' },
])('refuses a token without a host, with %j, and names the setting', async (environment) => {
  const git = settingsOf({ TWINHULL_GIT_TOKEN_FILE: file('secret'), ...environment });
  const refused = { code: 'SettingInvalid', hint: expect.stringContaining('TWINHULL_GIT_HOST') as string };
  await expect(gitCredentialFor('https://evil.example/a.git', git)).rejects.toMatchObject(refused);
  await expect(readAllGitCredentials(git)).rejects.toMatchObject(refused);
});

it('chooses the credential of the host and path', async () => {
  const credentialsFile = file(`https://robot:one@git.example
https://oauth2:two@git.example/team
https://robot:a%2Fb%40c%25@GIT.example:8443/team/model.git

http://robot:local@127.0.0.1:8080
`);
  const git = settingsOf({
    TWINHULL_GIT_TOKEN_FILE: file('main'),
    TWINHULL_GIT_HOST: 'gitlab.com',
    TWINHULL_GIT_CREDENTIALS_FILE: credentialsFile,
  });
  const given = async (url: string) => {
    const found = await gitCredentialFor(url, git);
    return found && `${found.username}:${found.token}`;
  };
  expect(await given('https://gitlab.com/a/b.git')).toBe('oauth2:main');
  expect(await given('https://git.example/x')).toBe('robot:one');
  expect(await given('https://git.example/team/x')).toBe('oauth2:two');
  expect(await given('https://git.example/team-evil/x')).toBe('robot:one');
  expect(await given('https://git.example:8443/team/model')).toBe('robot:a/b@c%');
  expect(await given('https://git.example:8443/team/other')).toBeUndefined();
  expect(await given('http://127.0.0.1:8080/x')).toBe('robot:local');
  expect(await given('https://evil.example/x')).toBeUndefined();
  expect((await readAllGitCredentials(git)).map(({ audience }) => formatGitAudience(audience))).toContain(
    'git.example:8443/team/model',
  );
});

it.each([
  'https://git.example/',
  'https://canary@git.example/',
  'https://robot:@git.example/',
  'http://robot:canary@git.example/',
  'ssh://robot:canary@git.example/',
  'https://robot:canary%zz@git.example/',
  'https://robot:can%0aary@git.example/',
  'https://robot:canary@git.example/?a=canary',
  'https://robot:canary@git.example/%61/x',
  'git.example robot canary',
])('refuses the line %s by its number without quoting it', async (line) => {
  const git = settingsOf({ TWINHULL_GIT_CREDENTIALS_FILE: file(`\n${line}\n`) });
  const error: unknown = await readAllGitCredentials(git).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SettingInvalid', message: expect.stringContaining('line 2 of') as string });
  expect(String(error)).not.toMatch(/canary|robot|git\.example/);
});

it('refuses two credentials for the same host', async () => {
  const environment = { TWINHULL_GIT_TOKEN_FILE: file('main'), TWINHULL_GIT_HOST: 'git.example' };
  const git = settingsOf({ ...environment, TWINHULL_GIT_CREDENTIALS_FILE: file('https://a:b@Git.example.:443/') });
  await expect(readAllGitCredentials(git)).rejects.toMatchObject({
    message: 'there are two git credentials for git.example',
  });
});
