import { buildToJson } from '../../build-json/json.ts';
import { type BuildState, isCancellable } from '../../domain/build.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export function cancel(id: string, { json }: CommandOptions<'cancel'>, terminal: Terminal): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  return withBuilds(terminal, async (builds) => {
    const build = await builds.cancel(id);
    const accepted = isCancellable(build);
    // The driver acts on the request; without one, a background process must.
    if (accepted) builds.goOnInBackground();
    if (json) await writeJson(stdout, buildToJson(build));
    await write(stderr, `build ${id} ${outcomes[build.state]}\n`);
    return accepted || build.state === 'cancelled' ? exitCodes.success : exitCodes.wrongUse;
  });
}

const outcomes: Readonly<Record<BuildState, string>> = {
  waiting: 'is being cancelled',
  building: 'is being cancelled',
  publishing: 'is publishing and can no longer be cancelled',
  published: 'is published and can no longer be cancelled',
  failed: 'has failed and can no longer be cancelled',
  cancelled: 'is already cancelled',
  superseded: 'was superseded by a newer one',
};
