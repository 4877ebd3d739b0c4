import { expect, it } from 'vitest';
import { type TrackedFile, trackedFiles } from './tracked-files.ts';

const generated = 'src/client/api-schema.ts';
const tests = [
  'test/*.ts',
  'test/*.mjs',
  'infra/test/*.ts',
  '*.test.ts',
  '*.test.tsx',
  ':!lab',
  ':!bench',
  ':!scripts',
];
const withoutTests = [':!*.test.ts', ':!*.test.tsx', ':!infra/test', `:!${generated}`];

it('has small files: the sources of src, without tests and generated ones', () => {
  // Not by pathspecs: git 2.39 skips the folder that all share in `:!*.test.ts`, which then excludes list.ts too.
  const isSource = (name: string): boolean => /(?<!\.test)\.ts$/.test(name) && name !== generated;
  const lengths = trackedFiles('src')
    .filter(({ name }) => isSource(name))
    .map(({ text }) => text.split('\n').length - 1)
    .sort((one, other) => one - other);
  const percentile = (share: number): number => lengths[Math.ceil(share * lengths.length) - 1] ?? Number.NaN;
  // ESLint bounds each file (300 lines, tests 500) and function (80).
  expect(percentile(0.5)).toBeLessThanOrEqual(60);
  expect(percentile(0.9)).toBeLessThanOrEqual(140);
});

it('has at least 1.1 lines of tests for each line of the program, its infrastructure and its pages', () => {
  const sources = trackedFiles('src', 'infra', 'web', ...withoutTests).filter(({ name }) =>
    /\.(?:tsx?|sh)$/.test(name),
  );
  expect(codeLines(trackedFiles(...tests)) / codeLines(sources)).toBeGreaterThanOrEqual(1.1);
});

/** Lines with code: comments and blank lines need no test. */
function codeLines(files: readonly TrackedFile[]): number {
  const isCode = (line: string): boolean => line.trim() !== '' && !/^\s*(?:\/\/|\/?\*|#)/.test(line);
  return files.reduce((sum, { text }) => sum + text.split('\n').filter(isCode).length, 0);
}
