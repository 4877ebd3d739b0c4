import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { engineAnswers } from '../engine-client.ts';
import type { Journal } from '../journal.ts';
import { LabError } from '../lab-error.ts';
import type { Part } from '../part.ts';
import { findCommand, run, succeeds, tryRun } from '../run.ts';

const packages = [
  'binfmt-support',
  'busybox-static',
  'ca-certificates',
  'chromium',
  'curl',
  'debian-archive-keyring',
  'docker-registry',
  'docker.io',
  'git',
  'iproute2',
  'iptables',
  'mmdebstrap',
  'openssl',
  'postgresql',
  'python3-venv',
  'qemu-user-static',
  'shellcheck',
  'skopeo',
  'tmux',
];

// A running engine is enough: one from another source must not be replaced by Debian's.
const enginePackages = new Set(['docker.io', 'iptables']);

const apt = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Languages=none', '-o', 'Dpkg::Use-Pty=0'];
const environment = { DEBIAN_FRONTEND: 'noninteractive' };

/** The Debian packages that the other parts require. */
export const packagesPart: Part = {
  name: 'packages',
  needs: [],

  async check() {
    const missing = await missingPackages();
    return missing.length === 0 ? undefined : `missing: ${missing.join(' ')}`;
  },

  async start({ journal }) {
    const missing = await missingPackages();
    refuseWhereImpossible(missing);
    await run('apt-get', [...apt, 'update', '--quiet'], { env: environment });
    const install = [...apt, 'install', '--yes', '--no-install-recommends', ...missing];
    const simulated = await run('apt-get', ['--simulate', ...install], { env: environment });
    journal.record({ kind: 'packages', names: newPackages(simulated) });
    await withoutStartingServices(journal, () => run('apt-get', install, { env: environment }));
    await keepFromStartingAtBoot('docker-registry', missing);
  },
};

async function missingPackages(): Promise<readonly string[]> {
  const installed = await installedPackages();
  const missing = packages.filter((name) => !installed.has(name));
  if (!missing.some((name) => enginePackages.has(name))) return missing;
  const engineIsThere =
    (findCommand('dockerd') !== undefined && findCommand('iptables') !== undefined) || (await engineAnswers());
  return engineIsThere ? missing.filter((name) => !enginePackages.has(name)) : missing;
}

async function installedPackages(): Promise<ReadonlySet<string>> {
  const listed = await tryRun('dpkg-query', ['--show', '--showformat', '${db:Status-Status} ${Package}\n']);
  const lines = (listed ?? '').split('\n').filter((line) => line.startsWith('installed '));
  return new Set(lines.map((line) => line.slice('installed '.length)));
}

function refuseWhereImpossible(missing: readonly string[]): void {
  const byHand = `sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (findCommand('apt-get') === undefined) {
    throw new LabError('this machine has no apt-get', {
      hint: 'the lab needs Debian 12 or a similar system; the rest of Twinhull needs only a Docker Engine and a registry',
    });
  }
  if (process.getuid?.() !== 0) {
    throw new LabError(`these packages are missing, and only root can install them: ${missing.join(' ')}`, {
      hint: byHand,
    });
  }
}

/** `Inst name (version ...)` lines: what apt would add, including dependencies, but not what it would only upgrade. */
function newPackages(simulated: string): readonly string[] {
  const added = [...simulated.matchAll(/^Inst (\S+) \(/gm)].map((match) => match[1] ?? '');
  return added.sort();
}

/** Packages start their daemons on installation unless this policy file forbids it; the lab starts its own. */
async function withoutStartingServices(journal: Journal, action: () => Promise<unknown>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    await action();
    return;
  }
  journal.record({ kind: 'file', path: policy });
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  try {
    await action();
  } finally {
    rmSync(policy, { force: true });
  }
}

async function keepFromStartingAtBoot(service: string, installed: readonly string[]): Promise<void> {
  if (!installed.includes(service) || !existsSync('/run/systemd/system')) return;
  await succeeds('systemctl', ['disable', '--now', service]);
}
