import { cancelBuild } from '../../pipeline/change-build.ts';
import { systemClock } from '../../ports/clock.ts';
import { buildToJson } from '../../presentation/json.ts';
import { reconcileInBackground } from '../background.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface CancelOptions {
  readonly json: boolean;
}

export function cancel(id: string, { json }: CancelOptions, { stdout, stderr }: Terminal): Promise<ExitCode> {
  return withStore(async (store, settings) => {
    const build = await cancelBuild(id, { store, clock: systemClock });
    const accepted = build.state === 'building';
    // Whoever drives it will see the request; where nobody does, somebody has to.
    if (accepted) reconcileInBackground(settings);
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
