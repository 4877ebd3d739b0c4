import { imagesToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPublishedBuild } from '../find-build.ts';
import { displayOf } from '../render/display.ts';
import { renderImages } from '../render/images.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export function images(
  name: string | undefined,
  { json }: CommandOptions<'images'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (builds) => {
    const build = await findPublishedBuild(builds, name);
    await (json ? writeJson(stdout, imagesToJson(build)) : write(stdout, renderImages(build, displayOf(stdout))));
    return exitCodes.success;
  });
}
