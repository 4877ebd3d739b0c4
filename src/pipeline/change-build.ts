import { type Build, isEnded } from '../domain/build.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';

/** From the store, or a service that answers for one. @throws BuildNotFound */
export async function requireBuild<B>(store: { load(id: string): Promise<B | undefined> }, id: string): Promise<B> {
  const build = await store.load(id);
  if (build === undefined) throw new TwinhullError('BuildNotFound', `no build has the id "${id}"`);
  return build;
}

/**
 * Asks that a build be stopped. The driver stops its jobs and then ends it; one that has begun to publish goes on,
 * because half a publication is worse than a whole one.
 *
 * @returns the build; ended or publishing ones unchanged
 * @throws BuildNotFound, StoreUnavailable
 */
export function cancelBuild(
  id: string,
  { store, clock, by }: { store: BuildStore; clock: Clock; by?: string | undefined },
): Promise<Build> {
  return againOnConflict(async () => {
    const build = await requireBuild(store, id);
    if (build.state !== 'building' || build.cancelRequestedAt !== undefined) return build;
    return store.append(build, [{ type: 'build.cancel-requested', by }], clock.now());
  });
}

/**
 * Starts a failed or cancelled build again: only the halves that did not succeed, if what the others pushed is still in
 * the registry.
 *
 * @throws BuildNotFound
 * @throws BuildNotRetryable when it is live or published
 * @throws TagInUse when another build of the same tags is live meanwhile
 */
export function retryBuild(
  id: string,
  {
    store,
    clock,
    registryFor,
    by,
  }: {
    store: BuildStore;
    clock: Clock;
    registryFor: (repository: string) => Registry;
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
    const platforms = await unfinished(build, registryFor(build.destination));
    return store.append(build, [{ type: 'build.retried', platforms, by }], clock.now());
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

/** The driver may change a build in between; then it is read again. */
export async function againOnConflict<T>(change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!TwinhullError.is(error, 'BuildConflict') || tries === 10) throw error;
    }
  }
}
