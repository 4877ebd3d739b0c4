import { expect, it } from 'vitest';
import { planBuild } from '../domain/planner.ts';
import { dockerfilePaths, planWarnings } from './plan-warnings.ts';
import { readRecipe } from './read-recipe.ts';

const planOf = (images: object) => {
  const reading = readRecipe({ version: 1, name: 'x', images });
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return planBuild({
    recipe: reading.recipe,
    repository: 'https://git.example/acme/model.git',
    commit: '3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345',
    destination: { repository: 'registry.example/acme/model', kind: 'oci', region: 'us-gov-west-1' },
  });
};
const warningsOf = (inline: string, image: object = {}) =>
  planWarnings(planOf({ a: { dockerfile: { inline }, ...image } }));
const fixed = (line: number, to: string, other: string) =>
  `images.a.dockerfile.inline:${String(line)}: FROM is fixed to ${to}, even in the build for ${other}: leave --platform out, or write --platform=$BUILDPLATFORM for a stage whose programs run only during the build`;

it('names a platform that a Dockerfile fixes', () => {
  expect(warningsOf('# x\nFROM --platform=linux/amd64 debian\n')).toEqual([fixed(2, 'linux/amd64', 'linux/arm64')]);
  expect(warningsOf('FROM --platform=ARM64/v8 debian\n')).toEqual([fixed(1, 'ARM64/v8', 'linux/amd64')]);
  expect(warningsOf('FROM --platform=linux/s390x debian\n')).toEqual([
    fixed(1, 'linux/s390x', 'linux/arm64 and linux/amd64'),
  ]);
});

it('accepts a platform given by a variable, or the one that is built', () => {
  expect(warningsOf('FROM --platform=$BUILDPLATFORM a\nFROM --platform=${TARGETPLATFORM} b\nFROM c\n')).toEqual([]);
  expect(warningsOf('FROM --platform=linux/amd64 a\n', { platforms: ['linux/amd64'] })).toEqual([]);
});

it('names a mount of an ssh agent', () => {
  expect(warningsOf('FROM a\nRUN --mount=type=ssh git clone x\nRUN echo --mount=type=ssh\n')).toEqual([
    'images.a.dockerfile.inline:2: builds have no ssh agent: give the key or token as a secret, RUN --mount=type=secret',
  ]);
});

it('checks the given files for their platforms', () => {
  const plan = planOf({
    a: { dockerfile: { path: { 'linux/arm64': 'arm', 'linux/amd64': 'x/intel' } } },
    b: { dockerfile: {} },
    c: { script: { path: 'c.sh' } },
  });
  expect(dockerfilePaths(plan)).toEqual(['arm', 'Dockerfile', 'x/intel']);
  const text = 'FROM --platform=linux/arm64 x\n';
  expect(
    planWarnings(
      plan,
      new Map([
        ['arm', text],
        ['x/intel', text],
      ]),
    ),
  ).toEqual([expect.stringMatching(/^x\/intel:1: FROM is fixed to linux\/arm64, even in the build for linux\/amd64/)]);
});
