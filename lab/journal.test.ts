import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Change, Journal } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const mount: Change = { kind: 'mount', path: '/proc/sys/fs/binfmt_misc' };
const daemon: Change = { kind: 'process', name: 'registry', pidFile: '/state/registry.pid' };

test('gives the changes back in their order, each once, to the next process that opens it', () => {
  const file = join(folder, 'order.jsonl');
  const journal = new Journal(file);
  for (const change of [mount, daemon, mount]) journal.record(change);
  expect(new Journal(file).changes()).toEqual([mount, daemon]);
  expect(new Journal(file).has('mount')).toBe(true);
  expect(new Journal(file).has('image')).toBe(false);
});

test('a line that a crash cut short hides no other, earlier or later', () => {
  const file = join(folder, 'torn.jsonl');
  new Journal(file).record(mount);
  appendFileSync(file, '{"kind":"proc');
  new Journal(file).record(daemon);
  expect(new Journal(file).changes()).toEqual([mount, daemon]);
});

test('has no changes before the first one', () => {
  expect(new Journal(join(folder, 'none.jsonl')).changes()).toEqual([]);
});
