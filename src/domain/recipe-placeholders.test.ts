import { expect, it } from 'vitest';
import {
  fillPlaceholders,
  type PlaceholderPlace,
  placeholderProblem,
  variesByPlatform,
} from './recipe-placeholders.ts';

const commit = 'abcdef1'.padEnd(40, '0');
const values = {
  commit,
  branch: 'feature/a b',
  platform: 'linux/arm64',
  destination: { repository: 'registry.example:5000/team/app', region: 'us-gov-west-1' },
} as const;

it.each<[string, PlaceholderPlace, string]>([
  ['v{short}-{branch}', 'name', 'vabcdef1-feature-a-b'],
  ['{commit} {platform} {arch} {machine}', 'argument', `${commit} arm64 arm64 aarch64`],
  ['{registry}/{repository} {region}', 'argument', 'registry.example:5000/team/app us-gov-west-1'],
  ['--version={commit}', 'script', `--version=${commit}`],
  ['{tag}', 'script', '{tag}'],
  ['{commit}', 'script', '{commit}'],
  ['{short}', 'script', 'abcdef1'],
  ['\\{commit} \\{anything}', 'argument', '{commit} {anything}'],
  [
    '${commit} {{commit}} {{.Os}} {"a": 1} { commit } {} {0} }{',
    'argument',
    '${commit} {{commit}} {{.Os}} {"a": 1} { commit } {} {0} }{',
  ],
])('fills in %j of a %s', (text, place, filled) => {
  expect(placeholderProblem(text, place)).toBeUndefined();
  expect(fillPlaceholders(text, place, values)).toEqual({ text: filled, unknown: [] });
});

it('uses the machine name of the other platform, and lists placeholders without a value', () => {
  expect(fillPlaceholders('{machine}', 'argument', { commit, platform: 'linux/amd64' }).text).toBe('x86_64');
  expect(fillPlaceholders('{branch}-{commit}', 'argument', { commit })).toEqual({
    text: `{branch}-${commit}`,
    unknown: ['branch'],
  });
});

it.each([
  ['{tag}', 'argument'],
  ['{repository}', 'name'],
  ['{Platform}', 'argument'],
  ['{x}', 'script'],
] as const)('refuses %s in a %s', (text, place) => {
  expect(placeholderProblem(text, place)).toContain(`${text} is not a placeholder; known are {commit}`);
});

it('detects texts that vary by platform', () => {
  const texts = ['{platform}', 'x-{arch}', '{machine}', '{commit}', '\\{platform}', '${platform}'];
  expect(texts.map(variesByPlatform)).toEqual([true, true, true, false, false, false]);
});
