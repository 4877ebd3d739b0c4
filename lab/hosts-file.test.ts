import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addHost, addressOf, removeHost } from './hosts-file.ts';

const before = '127.0.0.1 localhost\n# 10.0.0.9 app.example.com\n10.0.0.1\tdb.example.com db # the old one\n';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hosts-'));
  file = join(folder, 'hosts');
  writeFileSync(file, before, { mode: 0o644 });
});

afterEach(() => rmSync(folder, { recursive: true }));

const text = (): string => readFileSync(file, 'utf8');

it('finds the address of a name and of an alias, but nothing in comments', () => {
  expect(addressOf('db', file)).toBe('10.0.0.1');
  expect(addressOf('db.example.com', file)).toBe('10.0.0.1');
  expect(addressOf('app.example.com', file)).toBeUndefined();
  expect(addressOf('old', file)).toBeUndefined();
});

it('adds a name once, and leaves everything else as it was', () => {
  addHost('app.example.com', '127.0.0.1', file);
  addHost('app.example.com', '127.0.0.1', file);
  expect(addressOf('app.example.com', file)).toBe('127.0.0.1');
  expect(text()).toBe(`${before}127.0.0.1 app.example.com # Twinhull lab\n`);
});

it('takes out what it added, to the byte, and may be asked again', () => {
  addHost('app.example.com', '127.0.0.1', file);
  removeHost('app.example.com', '127.0.0.1', file);
  removeHost('app.example.com', '127.0.0.1', file);
  expect(text()).toBe(before);
});

it('removes no foreign line', () => {
  writeFileSync(file, `${before}127.0.0.1 app.example.com\n`);
  removeHost('app.example.com', '127.0.0.1', file);
  expect(addressOf('app.example.com', file)).toBe('127.0.0.1');
});

it('ends a last line that has no newline before it adds one', () => {
  writeFileSync(file, '127.0.0.1 localhost');
  addHost('app.example.com', '127.0.0.1', file);
  expect(text()).toBe('127.0.0.1 localhost\n127.0.0.1 app.example.com # Twinhull lab\n');
});

it('keeps the mode, and leaves no draft behind', () => {
  addHost('app.example.com', '127.0.0.1', file);
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(['hosts']);
});
