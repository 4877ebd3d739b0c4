import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Platform } from '../../domain/platform.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { isOver } from '../streams/log-feed.ts';

/** The log of an attempt, and whether it is complete. */
export interface FoundLog {
  readonly log: LogId;
  readonly over: boolean;
}

/**
 * The log of an attempt of a build.
 * @param wanted number of the attempt. Default: the last one
 * @throws BuildNotFound when there is no such build or attempt
 */
export async function findLog(
  store: BuildStore,
  buildId: string,
  platform: Platform,
  wanted: number | undefined,
): Promise<FoundLog> {
  const build = await requireBuild(store, buildId);
  const attempts = build.jobs.find((job) => job.platform === platform)?.attempts ?? [];
  const attempt = wanted === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === wanted);
  if (attempt !== undefined) {
    const log = { buildId, platform, attempt: attempt.number };
    return { log, over: isOver(build, log) };
  }
  const which = wanted === undefined ? 'attempt yet' : `attempt ${String(wanted)}`;
  throw new TwinhullError('BuildNotFound', `build ${buildId} has no ${which} on ${platform}`, {
    hint: `its attempts are listed in /v1/builds/${buildId}`,
  });
}
