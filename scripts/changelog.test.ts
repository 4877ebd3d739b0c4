import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseVersion, releaseChangelog, releaseNotes } from './changelog.ts';

const changelog = `# Changelog

## Unreleased

### Added
- A thing.

## 0.1.0 - 2026-01-02

### Added
- The first thing.
`;

describe('a release', () => {
  it('moves the unreleased entries to the version, and leaves earlier versions unchanged', () => {
    const released = releaseChangelog(changelog, '0.2.0', '2026-03-04');
    expect(released).toBe(changelog.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2026-03-04\n'));
    expect(releaseNotes(released, '0.2.0')).toBe('### Added\n- A thing.\n');
    expect(releaseNotes(released, '0.1.0')).toBe('### Added\n- The first thing.\n');
  });

  it('is refused without unreleased entries, and when the version exists', () => {
    const released = releaseChangelog(changelog, '0.2.0', '2026-03-04');
    expect(() => releaseChangelog(released, '0.3.0', '2026-03-05')).toThrow('is empty');
    expect(() => releaseChangelog(changelog, '0.1.0', '2026-03-05')).toThrow('is already in CHANGELOG.md');
    expect(() => releaseNotes(changelog, '0.2.0')).toThrow('has no version 0.2.0');
    expect(() => releaseChangelog('# Changelog\n', '0.2.0', '2026-03-05')).toThrow('no heading');
  });

  it('is named by a version or its tag', () => {
    expect(['1.2.3', 'v1.2.3', 'v1.2.3-rc.1'].map(parseVersion)).toEqual(['1.2.3', '1.2.3', '1.2.3-rc.1']);
    for (const wrong of ['', 'main', '1.2', 'v1.2.3;id']) expect(() => parseVersion(wrong)).toThrow('is not a version');
  });

  it('works with the changelog of this repository', () => {
    const own = readFileSync(path.resolve(import.meta.dirname, '../CHANGELOG.md'), 'utf8');
    expect(releaseNotes(releaseChangelog(own, '999.0.0', '2026-03-04'), '999.0.0')).not.toBe('\n');
  });
});
