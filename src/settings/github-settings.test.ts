import { expect, it } from 'vitest';
import { loadSettings } from './settings.ts';

const github = (environment: Record<string, string>) =>
  loadSettings({ XDG_CONFIG_HOME: '/nonexistent', ...environment }).github;

it('uses github.com by default', () => {
  expect(github({})).toEqual({
    webhookSecretFile: undefined,
    recipes: undefined,
    apiUrl: 'https://api.github.com',
    host: 'github.com',
    tokenFile: undefined,
    app: undefined,
  });
});

it.each([
  ['https://ghe.example/api/v3/', 'https://ghe.example/api/v3', 'ghe.example'],
  ['https://api.acme.ghe.com', 'https://api.acme.ghe.com', 'acme.ghe.com'],
  ['http://127.0.0.1:4567', 'http://127.0.0.1:4567', '127.0.0.1:4567'],
])('accepts %s', (url, apiUrl, host) => {
  expect(github({ TWINHULL_GITHUB_API_URL: url })).toMatchObject({ apiUrl, host });
  expect(github({ TWINHULL_GITHUB_API_URL: url, TWINHULL_GITHUB_HOST: 'Git.Example' }).host).toBe('git.example');
});

it.each([
  'api.github.com',
  'http://ghe.example/api/v3',
  'ftp://ghe.example',
  'https://user:secret@ghe.example',
  'https://ghe.example?token=secret',
])('refuses %s as an API address without quoting it', (url) => {
  const load = () => github({ TWINHULL_GITHUB_API_URL: url });
  expect(load).toThrow(expect.objectContaining({ code: 'SettingInvalid' }));
  expect(load).not.toThrow(/secret/);
});

it('requires both the id and the key of an App', () => {
  const id = { TWINHULL_GITHUB_APP_ID: '7' };
  const key = { TWINHULL_GITHUB_APP_KEY_FILE: '/keys/app.pem' };
  expect(github({ ...id, ...key }).app).toEqual({ id: 7, keyFile: '/keys/app.pem', installationId: undefined });
  expect(github({ ...id, ...key, TWINHULL_GITHUB_APP_INSTALLATION_ID: '42' }).app?.installationId).toBe(42);
  expect(() => github(id)).toThrow(/APP_KEY_FILE is not/);
  expect(() => github(key)).toThrow(/APP_ID is not/);
  expect(() => github({ ...key, TWINHULL_GITHUB_APP_ID: 'x' })).toThrow(/TWINHULL_GITHUB_APP_ID is "x"/);
});
