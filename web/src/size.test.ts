import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, it, onTestFinished } from 'vitest';

it('has at most 60 KB of script in all, gzipped, and nothing inline or from elsewhere', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-web-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = path.resolve(import.meta.dirname, '..');
  await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  const assets = path.join(folder, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const bytes = scripts.map((name) => gzipSync(readFileSync(path.join(assets, name)), { level: 9 }).length);
  expect(bytes.length).toBeGreaterThan(0);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(60_000);
  const document = readFileSync(path.join(folder, 'index.html'), 'utf8');
  expect(document).not.toMatch(/<style|<script(?![^>]* src=)|(?:src|href)="(?!\/)|style=/);
});
