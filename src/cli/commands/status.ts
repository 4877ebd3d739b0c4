import { buildToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { displayOf } from '../render/display.ts';
import { renderStatus } from '../render/status.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export function status(
  id: string | undefined,
  { json }: CommandOptions<'status'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (builds) => {
    const build = await findBuild(builds, id);
    await (json
      ? writeJson(stdout, buildToJson(build))
      : write(stdout, renderStatus(build, Date.now(), displayOf(stdout))));
    return exitCodes.success;
  });
}
