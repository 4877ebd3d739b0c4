import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, reasonOf } from '../lab-error.ts';
import type { LabContext, Part } from '../part.ts';
import { findCommand, run } from '../run.ts';

/**
 * The tested versions: the lab works around gaps of this emulator, and each version of the linter has its own rules.
 */
const requirements = { moto_server: 'moto[server]==5.2.1', 'cfn-lint': 'cfn-lint==1.51.0' } as const;

export type PythonProgram = keyof typeof requirements;

/** `cfn-lint`, with which tests check the template of the stack. */
export const templateLintPart: Part = {
  name: 'template lint',
  needs: ['packages'],

  async check(context) {
    return findPythonProgram('cfn-lint', context) === undefined ? 'cfn-lint is missing' : undefined;
  },

  async start(context) {
    await installPythonProgram('cfn-lint', context);
  },
};

/** The machine's own program, or the one that the lab installed; undefined without either. */
export function findPythonProgram(name: PythonProgram, { paths }: Pick<LabContext, 'paths'>): string | undefined {
  const own = ownProgram(name, paths.emulatorFolder);
  return findCommand(name) ?? (existsSync(own) ? own : undefined);
}

/** Installs it from PyPI into a virtual environment of the lab. */
export async function installPythonProgram(name: PythonProgram, { paths }: LabContext): Promise<string> {
  const requirement = requirements[name];
  try {
    await run('python3', ['-m', 'venv', paths.emulatorFolder], { timeoutMilliseconds: 120_000 });
    const pip = join(paths.emulatorFolder, 'bin/pip');
    const patience = ['--retries', '1', '--timeout', '20'];
    const args = ['install', '--quiet', '--disable-pip-version-check', ...patience, requirement];
    await run(pip, args, { timeoutMilliseconds: 600_000 });
  } catch (error) {
    throw new LabError(`${name} is not on this machine, and could not be installed: ${reasonOf(error)}`, {
      cause: error,
      hint: `it is a Python program: install it (pip install '${requirement}') where Python's package index can be reached, or name a mirror in PIP_INDEX_URL`,
    });
  }
  return ownProgram(name, paths.emulatorFolder);
}

function ownProgram(name: PythonProgram, folder: string): string {
  return join(folder, 'bin', name);
}
