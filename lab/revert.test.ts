import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { labPaths } from './home.ts';
import { addHost } from './hosts-file.ts';
import { Journal } from './journal.ts';
import { Facts, type LabContext } from './part.ts';
import { revert } from './revert.ts';

let folder: string;
let context: LabContext;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revert-'));
  const paths = labPaths(join(folder, 'home'));
  mkdirSync(paths.home);
  context = {
    paths,
    journal: new Journal(paths.journalFile),
    facts: new Facts(paths.factsFile),
    wantedEngine: 'debian',
  };
});

afterEach(() => rmSync(folder, { recursive: true }));

it('takes a host name out again, also where a crash came before it was put in', async () => {
  const file = join(folder, 'hosts');
  const before = '127.0.0.1 localhost\n';
  writeFileSync(file, before);
  for (const name of ['registry.example.com', 'never-added.example.com'])
    context.journal.record({ kind: 'host-name', file, name, address: '127.0.0.1' });
  addHost('registry.example.com', '127.0.0.1', file);

  await revert(context, { purge: false });
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(existsSync(context.paths.home)).toBe(false);
});

it('removes a certificate, and the folder it made for it, but nothing that others put there', async () => {
  const certificates = join(folder, 'certs.d');
  const ours = join(certificates, 'registry.example.com');
  context.journal.record({ kind: 'shared-folder', path: certificates });
  context.journal.record({ kind: 'file', path: ours });
  mkdirSync(ours, { recursive: true });
  writeFileSync(join(ours, 'ca.crt'), 'a certificate');
  mkdirSync(join(certificates, 'other.example.com'));

  await revert(context, { purge: false });
  expect(existsSync(ours)).toBe(false);
  expect(existsSync(join(certificates, 'other.example.com'))).toBe(true);

  rmSync(join(certificates, 'other.example.com'), { recursive: true });
  mkdirSync(context.paths.home);
  context.journal.record({ kind: 'shared-folder', path: certificates });
  await revert(context, { purge: false });
  expect(existsSync(certificates)).toBe(false);
});
