import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkSecretFiles } from './secret-files-check.ts';

it('names each secret file that others can read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinhull-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, mode: number) => {
    const path = join(folder, name);
    writeFileSync(path, 'secret');
    chmodSync(path, mode);
    return path;
  };
  mkdirSync(join(folder, 'secrets'));
  const files = new Map([
    ['A', file('own', 0o600)],
    ['B', file('of-all', 0o644)],
    ['C', file('of-the-group', 0o640)],
    ['D', join(folder, 'missing')],
    ['E', join(folder, 'secrets')],
  ]);
  file('secrets/npm', 0o604);
  file('secrets/pip', 0o400);
  expect(await checkSecretFiles('secret files', files)).toMatchObject([
    { status: 'warning', detail: expect.stringMatching(/^B: other users can read .*of-all$/) },
    { status: 'warning', detail: expect.stringMatching(/^C: .*of-the-group$/) },
    {
      status: 'warning',
      detail: expect.stringMatching(/^E: .*secrets\/npm$/),
      advice: expect.stringMatching(/^chmod/),
    },
  ]);
  expect(await checkSecretFiles('secret files', new Map([['A', files.get('A')!]]))).toMatchObject({ status: 'ok' });
});
