// `npm run release -- 1.2.3` turns "Unreleased" into that version: in the changelog, both packages, the lock file and
// generated files. It commits and publishes nothing; pushing the tag v1.2.3 publishes. `--notes v1.2.3` prints the
// changelog's entries for a version.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseVersion, releaseChangelog, releaseNotes } from './changelog.ts';

const root = path.resolve(import.meta.dirname, '..');
const changelogFile = path.join(root, 'CHANGELOG.md');
const overlayFile = path.join(root, 'deploy/kubernetes/overlays/eks-govcloud/kustomization.yaml');

const { values, positionals } = parseArgs({ options: { notes: { type: 'string' } }, allowPositionals: true });
if (values.notes !== undefined) {
  process.stdout.write(releaseNotes(readFileSync(changelogFile, 'utf8'), checkedVersion(values.notes)));
} else {
  release(parseVersion(positionals[0] ?? ''));
}

/** The tag must match the version of the package. */
function checkedVersion(tag: string): string {
  const version = parseVersion(tag);
  const { version: own } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  if (version !== own) throw new RangeError(`the tag names version ${version}, package.json ${own}`);
  return version;
}

function release(version: string): void {
  const date = new Date().toISOString().slice(0, 10);
  const changelog = releaseChangelog(readFileSync(changelogFile, 'utf8'), version, date);
  npm('version', version, '--no-git-tag-version', '--workspaces', '--include-workspace-root', '--no-workspaces-update');
  npm('install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund');
  writeFileSync(changelogFile, changelog);
  const overlay = readFileSync(overlayFile, 'utf8');
  writeFileSync(overlayFile, overlay.replace(/^( +newTag: ).*$/m, `$1${version}`));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate.ts'], { cwd: root, stdio: 'inherit' });
  process.stdout.write(
    `git commit -am "Release ${version}" && git tag v${version} && git push origin main v${version}\n`,
  );
}

function npm(...words: readonly string[]): void {
  execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
