import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxFile, fetchBusybox } from '../busybox.ts';
import { LabError } from '../lab-error.ts';
import type { LabContext, Part } from '../part.ts';
import { foreignPlatform, machineOf } from '../platforms.ts';
import { run, tryRun } from '../run.ts';

const binfmtFolder = '/proc/sys/fs/binfmt_misc';
const machine = machineOf(foreignPlatform);
const format = `qemu-${machine}`;

/** Lets programs of the other architecture run, in containers too. */
export const emulationPart: Part = {
  name: 'emulation',
  needs: ['packages'],

  async check({ paths }) {
    const program = busyboxFile(paths.busyboxFolder, foreignPlatform);
    if (!existsSync(program)) return `no ${machine} program to test it with`;
    const answer = await tryRun(program, ['uname', '-m']);
    if (answer?.trim() !== machine) return `${machine} programs do not run`;
    if (!isFixed())
      return `${machine} programs run, but not in containers: the interpreter is registered without the flag F`;
    return undefined;
  },

  async start(context) {
    const registered = registerInterpreter(context);
    await Promise.all([registered, fetchBusybox(context, foreignPlatform)]);
  },
};

async function registerInterpreter({ journal }: LabContext): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError('only root can register an interpreter for programs of the other architecture', {
      hint: `sudo apt-get install qemu-user-static binfmt-support`,
    });
  }
  if (!existsSync(join(binfmtFolder, 'status'))) {
    journal.record({ kind: 'mount', path: binfmtFolder });
    await run('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmtFolder]);
  }
  if (isFixed()) return;
  journal.record({ kind: 'binfmt', name: format });
  if (existsSync(join(binfmtFolder, format))) await run('update-binfmts', ['--disable', format]);
  await run('update-binfmts', ['--enable', format]);
}

/** Flag F: the kernel opens the interpreter at registration, so that containers need not contain it. */
function isFixed(): boolean {
  if (!existsSync(binfmtFolder)) return false;
  const entries = readdirSync(binfmtFolder).filter((name) => name.includes(machine));
  return entries.some((name) => {
    const entry = readFileSync(join(binfmtFolder, name), 'utf8');
    return entry.startsWith('enabled') && /^flags: \w*F/m.test(entry);
  });
}
