import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadSettings } from '../settings/settings.ts';
import { openNotifier, openPushes } from './open-github.ts';

const destination = 'registry.example/model';

function bed(settings: Record<string, string> = {}) {
  const cwd = mkdtempSync(path.join(tmpdir(), 'twinhull-github-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(cwd, name), text);
    return path.join(cwd, name);
  };
  const push = 'on: { push: { branches: [main] } }\n';
  file('one.yaml', `version: 1\npreset: vecoli\n${push}`);
  file('none.yaml', 'version: 1\npreset: vecoli\n');
  const environment = {
    XDG_CONFIG_HOME: cwd,
    TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: file('secret', 'new one\r\nold one\n\n'),
    ...settings,
  };
  const pushes = (into: string | undefined = destination) =>
    openPushes(loadSettings(environment), { cwd, destination: into });
  return { cwd, file, pushes, environment };
}

it('accepts no webhooks without a secret', async () => {
  expect(await openPushes(loadSettings({ XDG_CONFIG_HOME: '/x' }), { cwd: '/', destination })).toBeUndefined();
});

it('rereads secrets and recipes on each use', async () => {
  const { pushes, file } = bed({ TWINHULL_GITHUB_RECIPES: 'one.yaml, https://github.com/Acme/model=none.yaml' });
  const opened = await pushes();
  expect(await opened?.secrets()).toEqual(['new one', 'old one']);
  expect(await opened?.recipes()).toMatchObject([
    { source: 'one.yaml', repository: undefined, recipe: { name: 'vecoli', pushBranches: ['main'] } },
    { source: 'https://github.com/Acme/model=none.yaml', repository: 'https://github.com/Acme/model.git' },
  ]);
  file('secret', 'another\n');
  expect(await opened?.secrets()).toEqual(['another']);
});

it('uses the service’s own recipe if no other is named', async () => {
  const opened = await bed({ TWINHULL_RECIPE: 'one.yaml' }).pushes();
  expect(await opened?.recipes()).toHaveLength(1);
});

it.each([
  [
    'no recipe that selects pushes',
    { TWINHULL_GITHUB_RECIPES: 'none.yaml' },
    'SettingInvalid',
    /no recipe selects pushes/,
  ],
  ['no recipe at all', {}, 'SettingInvalid', /no recipe selects pushes/],
  ['a recipe that is not there', { TWINHULL_GITHUB_RECIPES: 'gone.yaml' }, 'RecipeNotFound', /gone\.yaml/],
  [
    'a repository elsewhere',
    { TWINHULL_GITHUB_RECIPES: 'https://gitlab.com/acme/model=one.yaml' },
    'SettingInvalid',
    /is not at github\.com/,
  ],
  ['a secret that cannot be read', { TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: '/gone' }, 'SettingInvalid', /\/gone/],
] as const)('does not start with %s', async (_what, settings, code, message) => {
  await expect(bed(settings).pushes()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('does not start with an empty secret file, or without a destination', async () => {
  const { pushes, file } = bed({ TWINHULL_GITHUB_RECIPES: 'one.yaml' });
  await expect(openPushes(loadSettings(bed().environment), { cwd: '/', destination: undefined })).rejects.toMatchObject(
    {
      hint: 'set TWINHULL_DESTINATION',
    },
  );
  file('secret', ' \n');
  await expect(pushes()).rejects.toMatchObject({ message: expect.stringContaining('is empty') });
});

it('sends no notifications without a token or an App, and does not start with an unreadable one', async () => {
  const { environment, file } = bed();
  expect(await openNotifier(loadSettings(environment), destination)).toBeUndefined();
  const token = { ...environment, TWINHULL_GITHUB_TOKEN_FILE: file('token', 'ghp_x\n') };
  expect(await openNotifier(loadSettings(token), destination)).toMatchObject({ name: 'github-statuses' });
  const app = { ...environment, TWINHULL_GITHUB_APP_ID: '7', TWINHULL_GITHUB_APP_KEY_FILE: file('key', 'no key') };
  await expect(openNotifier(loadSettings(app), destination)).rejects.toMatchObject({ code: 'SettingInvalid' });
});
