import { buildToJson } from '../../presentation/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface CancelOptions {
  readonly json: boolean;
}

export function cancel(id: string, { json }: CancelOptions, terminal: Terminal): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  return withBuilds(terminal, async (builds) => {
    const build = await builds.cancel(id);
    const accepted = build.state === 'building';
    // Whoever drives it will see the request; where nobody does, somebody has to.
    if (accepted) builds.goOnInBackground();
    if (json) await writeJson(stdout, buildToJson(build));
    await write(stderr, `build ${id} ${accepted ? 'is being cancelled' : whyNot[build.state]}\n`);
    return accepted || build.state === 'cancelled' ? exitCodes.success : exitCodes.wrongUse;
  });
}

const whyNot = {
  publishing: 'is publishing, which nothing stops halfway',
  published: 'is published and can no longer be cancelled',
  failed: 'has failed and can no longer be cancelled',
  cancelled: 'is cancelled already',
};
