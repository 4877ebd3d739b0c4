const unreleased = '## Unreleased';

/**
 * The changelog with everything under "Unreleased" moved to a version.
 * @param date ISO 8601
 * @throws RangeError when there is nothing to release, or the version is in the changelog already
 */
export function releaseChangelog(changelog: string, version: string, date: string): string {
  if (headingOf(changelog, version) !== undefined) throw new RangeError(`${version} is already in CHANGELOG.md`);
  if (sectionAfter(changelog, unreleased) === '') throw new RangeError('"Unreleased" in CHANGELOG.md is empty');
  return changelog.replace(`${unreleased}\n`, `${unreleased}\n\n## ${version} - ${date}\n`);
}

/** The changelog's entries for a version. @throws RangeError when it has no such version */
export function releaseNotes(changelog: string, version: string): string {
  const heading = headingOf(changelog, version);
  if (heading === undefined) throw new RangeError(`CHANGELOG.md has no version ${version}`);
  return `${sectionAfter(changelog, heading)}\n`;
}

/** The version of a tag such as `v1.2.3`. @throws RangeError when the tag names no version */
export function parseVersion(text: string): string {
  const version = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(text)?.[1];
  if (version === undefined) throw new RangeError(`"${text}" is not a version: write it as 1.2.3`);
  return version;
}

function headingOf(changelog: string, version: string): string | undefined {
  return changelog.split('\n').find((line) => line.startsWith(`## ${version} - `));
}

function sectionAfter(changelog: string, heading: string): string {
  const lines = changelog.split('\n');
  const begin = lines.indexOf(heading) + 1;
  if (begin === 0) throw new RangeError(`CHANGELOG.md has no heading "${heading}"`);
  const length = lines.slice(begin).findIndex((line) => line.startsWith('## '));
  return lines
    .slice(begin, length < 0 ? undefined : begin + length)
    .join('\n')
    .trim();
}
