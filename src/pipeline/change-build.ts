import { type Build, isCancellable, isEnded } from '../domain/build.ts';
import { refuseSecrets, type SecretRules } from '../domain/build-secrets.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { failureReasons } from '../domain/phase.ts';
import type { Platform } from '../domain/platform.ts';
import { describeSharedLayers, findSharedLayers } from '../domain/shared-layers.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';

/** Loads a build from the store, or from a service in its place. @throws BuildNotFound */
export async function requireBuild<B>(store: { load(id: string): Promise<B | undefined> }, id: string): Promise<B> {
  const build = await store.load(id);
  if (build === undefined) throw new TwinhullError('BuildNotFound', `no build has the id "${id}"`);
  return build;
}

/**
 * Requests that a build be stopped. The driver, which also ends waiting builds, stops its jobs and then ends it. A
 * build that has begun to publish continues, because half a publication is worse than a whole one.
 *
 * @returns the build; unchanged if it has ended or is publishing
 * @throws BuildNotFound, StoreUnavailable
 */
export function cancelBuild(
  id: string,
  { store, clock, by }: { store: BuildStore; clock: Clock; by?: string | undefined },
): Promise<Build> {
  return againOnConflict(async () => {
    const build = await requireBuild(store, id);
    if (!isCancellable(build) || build.cancelRequestedAt !== undefined) return build;
    return store.append(build, [{ type: 'build.cancel-requested', by }], clock.now());
  });
}

/**
 * Restarts a failed, cancelled or superseded build: only the halves that did not succeed, if what the others pushed is
 * still in the registry.
 *
 * @throws BuildNotFound
 * @throws BuildNotRetryable when it is live or published, or when the halves that it would keep fail again
 * @throws SecretNotAllowed when it may not, or may no longer, use a build secret
 * @throws TagInUse when another build of the same tags is live, or is waiting and was submitted earlier
 */
export function retryBuild(
  id: string,
  {
    store,
    clock,
    registryFor,
    secretRules,
    by,
  }: {
    store: BuildStore;
    clock: Clock;
    registryFor: (repository: string) => Registry;
    secretRules: SecretRules;
    by?: string | undefined;
  },
): Promise<Build> {
  return againOnConflict(async () => {
    const build = await requireBuild(store, id);
    if (!isEnded(build)) {
      throw new TwinhullError('BuildNotRetryable', `build ${id} is still ${build.state}`, {
        hint: `twinhull wait ${id}`,
      });
    }
    if (build.state === 'published') {
      throw new TwinhullError('BuildNotRetryable', `build ${id} is published`, { hint: `twinhull images ${id}` });
    }
    refuseSecrets(await store.loadPlan(id), secretRules);
    const platforms = await unfinished(build, registryFor(build.destination));
    refuseSameFailure(build, platforms);
    return store.append(build, [{ type: 'build.retried', platforms, by }], clock.now());
  });
}

/** Both halves with the same layers have succeeded, so a retry would rebuild neither. */
function refuseSameFailure({ id, images }: Build, rebuilt: readonly Platform[]): void {
  const shared = findSharedLayers({ images: images.filter(({ platform }) => !rebuilt.includes(platform)) });
  if (shared === undefined) return;
  const message = `a retry of build ${id} would rebuild nothing and fail again: ${describeSharedLayers(shared)}`;
  throw new TwinhullError('BuildNotRetryable', message, {
    hint: `${failureReasons['wrong-platform'].hint}; then build again: twinhull build`,
  });
}

async function unfinished(build: Build, registry: Registry) {
  const platforms = await Promise.all(
    build.jobs.map(async ({ platform, state }) => {
      const images = build.images.filter((image) => image.platform === platform);
      const found = await Promise.all(images.map((image) => registry.resolve(image.digest)));
      return state === 'succeeded' && !found.includes(undefined) ? [] : [platform];
    }),
  );
  return platforms.flat();
}

/** Retries after a conflict, because the driver may change the build between reading and writing. */
export async function againOnConflict<T>(change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!TwinhullError.is(error, 'BuildConflict') || tries === 10) throw error;
    }
  }
}
