import { imagesToJson } from '../../presentation/json.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPublishedBuild } from '../find-build.ts';
import { displayOf } from '../render/display.ts';
import { renderImages } from '../render/images.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface ImagesOptions {
  readonly json: boolean;
}

export function images(name: string | undefined, { json }: ImagesOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store) => {
    const build = await findPublishedBuild(store, name);
    await (json ? writeJson(stdout, imagesToJson(build)) : write(stdout, renderImages(build, displayOf(stdout))));
    return exitCodes.success;
  });
}
