import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianSources } from '../debian-sources.ts';
import { LabError } from '../lab-error.ts';
import { run } from '../run.ts';

/** Unpacks packages of another Debian suite into a folder without installing them; apt uses a separate state folder. */
export async function unpackPackages(suite: string, names: readonly string[], folder: string): Promise<void> {
  const state = `${folder}.apt`;
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['lists/partial', 'cache/archives/partial', 'packages'])
    mkdirSync(join(state, part), { recursive: true });
  writeFileSync(join(state, 'status'), '');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(state, 'sources.list'), `deb [signed-by=${keys}] ${await mirror()} ${suite} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': join(state, 'cache'),
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  };
  const options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  await run('apt-get', [...options, 'update']);
  await run('apt-get', [...options, 'download', ...names], { cwd: join(state, 'packages') });
  mkdirSync(folder, { recursive: true });
  await run('sh', [
    '-c',
    'for package in "$1"/*.deb; do dpkg-deb -x "$package" "$2" || exit; done',
    'sh',
    join(state, 'packages'),
    folder,
  ]);
  rmSync(state, { recursive: true });
}

async function mirror(): Promise<string> {
  const address = /^deb (\S+)/m.exec((await debianSources()) ?? '')?.[1];
  if (address !== undefined) return address;
  throw new LabError('apt has no Debian mirror configured, and the newest engine is installed from there', {
    hint: 'add Debian’s main component to the sources of apt',
  });
}
