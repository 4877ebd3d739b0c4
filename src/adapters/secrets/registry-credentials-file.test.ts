import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readRegistryCredentials } from './registry-credentials-file.ts';

function file(content: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-logins-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const name = path.join(folder, 'logins');
  writeFileSync(name, content);
  return name;
}

it('returns a login only for its own host and port', async () => {
  const name = file(
    'https://robot%24ci:p%40ss@ghcr.io\n\nhttps://u:p@registry.example:443\nhttp://u:q@127.0.0.1:5001\n',
  );
  await expect(readRegistryCredentials(name, 'ghcr.io')).resolves.toEqual({ username: 'robot$ci', password: 'p@ss' });
  await expect(readRegistryCredentials(name, 'registry.example:443')).resolves.toMatchObject({ password: 'p' });
  await expect(readRegistryCredentials(name, '127.0.0.1:5001')).resolves.toMatchObject({ password: 'q' });
  for (const other of ['registry.example', 'evil.ghcr.io', 'ghcr.io:443', '127.0.0.1:5000'])
    await expect(readRegistryCredentials(name, other)).resolves.toBeUndefined();
});

it.each([
  'ghcr.io',
  'https://ghcr.io',
  'https://user@ghcr.io',
  'https://user:secret@ghcr.io/acme',
  'http://user:secret@ghcr.io',
  'https://us%3Aer:secret@ghcr.io',
  'https://user:secret%ZZ@ghcr.io',
])('refuses %j by its line number, without its text', async (line) => {
  const refusal = await readRegistryCredentials(file(`https://a:b@c.example\n${line}\n`), 'c.example').catch(
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ code: 'SettingInvalid', message: expect.stringContaining('line 2 of') });
  expect(String(refusal)).not.toContain('secret@');
});
