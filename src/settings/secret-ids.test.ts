import { expect, it } from 'vitest';
import { loadSettings } from './settings.ts';

const arn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:git/token-AbCdEf';

it.each([
  ['BUILD_GIT_SECRET_ARN', (id: string) => id],
  ['TWINHULL_GIT_SECRETS', (id: string) => `git.example=${id}`],
  ['TWINHULL_BUILD_SECRETS', (id: string) => `npm=${id}`],
  ['TWINHULL_BASE_REGISTRIES', (id: string) => `registry.example=${id}`],
])('%s takes names and ARNs of secrets, and nothing that the builder would refuse', (name, value) => {
  const load = (id: string) =>
    loadSettings({ TWINHULL_BACKEND: 'aws', XDG_CONFIG_HOME: '/nowhere', [name]: value(id) });
  for (const id of ['git/token', 'a@b+c=d_e.f', arn]) expect(() => load(id)).not.toThrow();
  for (const id of ['-x', 'a b', 'a;b', ':x', 'ä']) {
    expect(() => load(id)).toThrow(
      expect.objectContaining({ code: 'SettingInvalid', message: expect.stringContaining(name) as string }),
    );
  }
});

it('TWINHULL_GIT_SECRET_KEY takes a key that the builder accepts', () => {
  const load = (key: string) => loadSettings({ XDG_CONFIG_HOME: '/nowhere', TWINHULL_GIT_SECRET_KEY: key });
  expect(() => load('github_token-1')).not.toThrow();
  expect(() => load('a.b')).toThrow(/TWINHULL_GIT_SECRET_KEY is "a\.b"/);
});
