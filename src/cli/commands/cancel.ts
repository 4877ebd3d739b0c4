import { cancelBuild } from '../../pipeline/change-build.ts';
import { systemClock } from '../../ports/clock.ts';
import { reconcileInBackground } from '../background.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { buildToJson } from '../render/json.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface CancelOptions {
  readonly json: boolean;
}

export function cancel(id: string, { json }: CancelOptions, { stdout, stderr }: Terminal): Promise<ExitCode> {
  return withStore(async (store, settings) => {
    const build = await cancelBuild(id, { store, clock: systemClock });
    const accepted = build.cancelRequestedAt !== undefined;
    // Whoever drives it will see the request; where nobody does, somebody has to.
    if (accepted && build.state === 'building') reconcileInBackground(settings);
    if (json) await writeJson(stdout, buildToJson(build));
    else if (accepted) await write(stderr, `build ${id} is being cancelled\n`);
    if (accepted) return exitCodes.success;
    await write(stderr, `build ${id} is ${build.state} and can no longer be cancelled\n`);
    return exitCodes.wrongUse;
  });
}
