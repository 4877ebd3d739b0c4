import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { grace } from '../src/cli/commands/serve.ts';
import { errorCatalogue } from '../src/domain/errors/catalogue.ts';
import { problemStatus } from '../src/server/errors/problem.ts';
import { settingsCatalogue } from '../src/settings/setting-catalogue.ts';

const docs = join(import.meta.dirname, '../docs');
const page = readFileSync(join(docs, 'operating.md'), 'utf8');

const quoted = (pattern: RegExp): readonly string[] => [
  ...new Set([...page.matchAll(pattern)].map(([, name]) => name ?? '')),
];

it('names only settings that there are', () => {
  const names = quoted(/`((?:TWINHULL|BUILD|DATABASE|ECR|BATCH|DOCKER)_[A-Z0-9_]+)`/g);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !(name in settingsCatalogue))).toEqual([]);
});

it('names only error codes that there are, and covers every one that an operator can cause', () => {
  const codes = quoted(/`([A-Z][a-z]+(?:[A-Z][a-z0-9]+)+)`/g).filter((word) => word !== 'Retry-After');
  expect(codes.filter((code) => !(code in errorCatalogue))).toEqual([]);
  const theirs = Object.entries(problemStatus).flatMap(([code, status]) => (status >= 500 ? [code] : []));
  const table = page.slice(page.indexOf('## Troubleshooting'));
  expect(theirs.filter((code) => !table.includes(`\`${code}\``))).toEqual([]);
});

it('gives the service the time to end that it takes', () => {
  expect(page).toContain(`within ${grace / 1000} s at the latest`);
  expect(Number(/--stop-timeout (\d+)/.exec(page)?.[1])).toBeGreaterThan(grace / 1000);
});

it('links to pages and headings that are there', () => {
  const links = quoted(/\]\(([^)\s]+)\)/g).filter((link) => !link.startsWith('http'));
  const broken = links.filter((link) => {
    const [file = '', heading] = link.split('#');
    const path = file === '' ? join(docs, 'operating.md') : join(docs, file);
    return !existsSync(path) || (heading !== undefined && !headingsOf(path).includes(heading));
  });
  expect(broken).toEqual([]);
});

/** The anchors that GitHub generates from headings. */
function headingsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
}
