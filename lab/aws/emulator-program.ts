import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, reasonOf } from '../lab-error.ts';
import type { LabContext } from '../part.ts';
import { findCommand, run } from '../run.ts';

/** What was tried, and what this lab knows the gaps of. */
const requirement = 'moto[server]==5.2.1';

/** `moto_server` of this machine, or undefined. */
export function findEmulator({ paths }: Pick<LabContext, 'paths'>): string | undefined {
  const own = ownProgram(paths.emulatorFolder);
  return findCommand('moto_server') ?? (existsSync(own) ? own : undefined);
}

/** Installs it into a virtual environment of the lab's own. */
export async function installEmulator({ paths }: LabContext): Promise<string> {
  try {
    await run('python3', ['-m', 'venv', '--clear', paths.emulatorFolder], { timeoutMilliseconds: 120_000 });
    const pip = join(paths.emulatorFolder, 'bin/pip');
    const args = [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--retries',
      '1',
      '--timeout',
      '20',
      requirement,
    ];
    await run(pip, args, { timeoutMilliseconds: 600_000 });
  } catch (error) {
    throw new LabError(`moto_server is not on this machine, and could not be installed: ${reasonOf(error)}`, {
      cause: error,
      hint: `the emulator of AWS is a Python program: install it (pip install '${requirement}') where its package index can be reached, or name a mirror in PIP_INDEX_URL`,
    });
  }
  return ownProgram(paths.emulatorFolder);
}

function ownProgram(folder: string): string {
  return join(folder, 'bin/moto_server');
}
