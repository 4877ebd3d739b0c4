import { describe, expect, it } from 'vitest';
import { isTagImmutable } from './tag-mutability.ts';

const exclusions = ['staging-*', 'cache-*', 'latest'];

describe('isTagImmutable', () => {
  it('follows the setting of the repository', () => {
    expect(isTagImmutable({ setting: 'IMMUTABLE', exclusions: [] }, 'v1')).toBe(true);
    expect(isTagImmutable({ setting: 'MUTABLE', exclusions: [] }, 'v1')).toBe(false);
  });

  it.each(['staging-app-arm64-0', 'cache-app-arm64', 'latest'])('allows the excluded %s to move', (tag) => {
    expect(isTagImmutable({ setting: 'IMMUTABLE_WITH_EXCLUSION', exclusions }, tag)).toBe(false);
    expect(isTagImmutable({ setting: 'MUTABLE_WITH_EXCLUSION', exclusions }, tag)).toBe(true);
  });

  it.each(['v1', 'my-staging-app', 'latest-2', 'xlatest'])('does not exclude %s', (tag) => {
    expect(isTagImmutable({ setting: 'IMMUTABLE_WITH_EXCLUSION', exclusions }, tag)).toBe(true);
  });

  it('matches the other characters of a pattern literally', () => {
    const mutability = { setting: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['v1.*-rc*'] };
    expect(isTagImmutable(mutability, 'v1.2-rc3')).toBe(false);
    expect(isTagImmutable(mutability, 'v102-rc3')).toBe(true);
  });
});
