import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const { repository, bugs, homepage, engines } = JSON.parse(read('package.json')) as {
  repository: { url: string };
  bugs: string;
  homepage: string;
  engines: { node: string };
};

it('has one address, from which all others derive', () => {
  const [, address, owner] = /^git\+(https:\/\/github\.com\/([^/]+)\/[^/]+)\.git$/.exec(repository.url) ?? [];
  expect([bugs, homepage]).toEqual([`${address}/issues`, `${address}#readme`]);
  expect(read('.github/CODEOWNERS')).toMatch(new RegExp(`^\\* @${owner}/`));
});

it('is developed on a Node that it supports', () => {
  const least = Number(/>=(\d+)/.exec(engines.node)?.[1]);
  expect(Number(read('.nvmrc'))).toBeGreaterThanOrEqual(least);
});

it('runs its gate in CI, and publishes with provenance', () => {
  const steps = (file: string): readonly string[] => {
    const { jobs } = parse(read(file)) as { jobs: Record<string, { steps: readonly { run?: string }[] }> };
    return Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run }) => run ?? []));
  };
  expect(steps('.github/workflows/ci.yml').at(-1)).toMatch(/ \.ci\/run$/);
  expect(steps('.github/workflows/release.yml')).toContain('npx --yes npm@11 publish --provenance --access public');
});

it.each(['dependabot.yml', 'ISSUE_TEMPLATE/bug.yml', 'ISSUE_TEMPLATE/feature.yml', 'ISSUE_TEMPLATE/config.yml'])(
  '.github/%s is YAML',
  (file) => {
    expect(parse(read(`.github/${file}`))).toBeTypeOf('object');
  },
);
