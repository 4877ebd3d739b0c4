import { buildToJson } from '../../presentation/json.ts';
import { shownBuild } from '../../presentation/live-phases.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { displayOf } from '../render/display.ts';
import { renderStatus } from '../render/status.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface StatusOptions {
  readonly json: boolean;
}

export function status(id: string | undefined, { json }: StatusOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store) => {
    const build = await shownBuild(store, await findBuild(store, id));
    await (json
      ? writeJson(stdout, buildToJson(build))
      : write(stdout, renderStatus(build, Date.now(), displayOf(stdout))));
    return exitCodes.success;
  });
}
