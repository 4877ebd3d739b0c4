import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSecretRules } from './read-secret-rules.ts';

function rulesIn(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'twinhull-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'secrets.yaml');
  writeFileSync(file, text);
  return readSecretRules(file);
}

it('reads who may use each secret', async () => {
  const text = 'npm:\n  repositories: [https://git.example/acme/]\n  recipes: [model]\nca: { callers: allow }\n';
  expect(await rulesIn(text)).toEqual(
    new Map([
      ['npm', { repositories: ['https://git.example/acme/'], recipes: ['model'] }],
      ['ca', { callers: 'allow' }],
    ]),
  );
  expect(await readSecretRules(undefined)).toEqual(new Map());
});

it.each([
  ['npm: { repository: x }', /Unrecognized key/],
  ['npm: { repositories: [] }', /npm.repositories/],
  ['npm: { repositories: [not a url] }', /ends in a slash/],
  ['npm: { callers: yes }', /npm.callers/],
  ['npm: {}\nnpm: {}', /unique/],
  ['- npm', /expected record/],
  ['../npm: {}', /npm/],
])('refuses %s', async (text, why) => {
  await expect(rulesIn(text)).rejects.toMatchObject({ code: 'SettingInvalid', message: expect.stringMatching(why) });
});

it('names a file that cannot be read', async () => {
  await expect(readSecretRules('/nonexistent/rules')).rejects.toMatchObject({
    code: 'SettingInvalid',
    message: expect.stringContaining('TWINHULL_SECRET_RULES /nonexistent/rules cannot be read'),
  });
});
