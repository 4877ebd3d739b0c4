import type { Build } from '../../domain/build.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { publishedBuild } from '../../pipeline/promote.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { renderImages } from '../render/images.ts';
import { imagesToJson } from '../render/json.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface ImagesOptions {
  readonly json: boolean;
}

export function images(name: string | undefined, { json }: ImagesOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store) => {
    const build = await find(store, name);
    await (json ? writeJson(stdout, imagesToJson(build)) : write(stdout, renderImages(build, displayOf(stdout))));
    return exitCodes.success;
  });
}

/** By build id, by commit, or the latest published one. */
async function find(store: BuildStore, name: string | undefined): Promise<Build> {
  const build = name === undefined ? undefined : await store.load(name);
  if (build === undefined) return publishedBuild(store, name);
  if (build.state === 'published') return build;
  throw new TwinhullError('ImageNotPublished', `build ${build.id} is ${build.state}: nothing of it is published`, {
    hint: `see twinhull status ${build.id}`,
  });
}
