import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { buildToJson } from '../render/json.ts';
import { renderStatus } from '../render/status.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface StatusOptions {
  readonly json: boolean;
}

export function status(id: string | undefined, { json }: StatusOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store) => {
    const build = await findBuild(store, id);
    await (json ? writeJson(stdout, buildToJson(build)) : write(stdout, renderStatus(build, Date.now())));
    return exitCodes.success;
  });
}
