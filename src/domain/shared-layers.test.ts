import { describe, expect, it } from 'vitest';
import { amd64, arm64 } from '../../test/helpers/sample-builds.ts';
import type { BuiltImage } from './build.ts';
import type { ProgramFinding } from './image-content.ts';
import { findSharedLayers } from './shared-layers.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;

function half(platform: BuiltImage['platform'], content: BuiltImage['content'], image = 'app'): BuiltImage {
  return { image, platform, stagingTag: 'x', digest: one, mediaType: 'x', size: 1, content };
}

const halves = (first: BuiltImage['content'], second: BuiltImage['content'], other = 'app') => ({
  images: [half(arm64, first), half(amd64, second, other)],
});

describe('two halves with the same layers', () => {
  it.each<[ProgramFinding, ProgramFinding, 'some' | 'unknown']>([
    ['some', 'some', 'some'],
    ['some', 'none', 'some'],
    ['unknown', 'some', 'some'],
    ['unknown', 'unknown', 'unknown'],
  ])('are refused if their jobs found %s and %s', (first, second, programs) => {
    const found = findSharedLayers(halves({ layers: one, programs: first }, { layers: one, programs: second }));
    expect(found).toEqual({ image: 'app', platforms: [arm64, amd64], programs });
  });

  it.each<[string, BuiltImage['content'], BuiltImage['content'], string?]>([
    ['one job read all files and found none', { layers: one, programs: 'none' }, { layers: one, programs: 'unknown' }],
    ['neither job reports, or the recipe declares them independent', undefined, undefined],
    ['one job is of an earlier builder', { layers: one, programs: 'unknown' }, undefined],
    ['they are of two images', { layers: one, programs: 'some' }, { layers: one, programs: 'some' }, 'other'],
  ])('are accepted if %s', (_, first, second, other) => {
    expect(findSharedLayers(halves(first, second, other))).toBeUndefined();
  });

  it('are not the same if one layer differs', () => {
    const content = halves({ layers: one, programs: 'some' }, { layers: two, programs: 'some' });
    expect(findSharedLayers(content)).toBeUndefined();
  });
});
