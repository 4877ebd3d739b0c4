import { shownBuild } from '../../build-json/live-phases.ts';
import { hasLeftovers, isEnded } from '../../domain/build.ts';
import { cancelBuild, retryBuild } from '../../pipeline/change-build.ts';
import { followBuild } from '../../pipeline/follow.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { systemClock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Driver } from '../../wiring/open-driver.ts';
import { openStore } from '../../wiring/open-store.ts';
import { cancelInBackground, reconcileInBackground } from '../background.ts';
import type { Attachment, Builds } from './builds.ts';

/** The store, driver and recipes of this machine. */
export interface LocalBuildsOptions {
  readonly settings: Settings;
  /** The user's working folder. */
  readonly cwd: string;
  readonly reporter: Reporter;
}

/**
 * Builds of the store, driven by this process while they are watched. Store, engine and registry are opened on first
 * use: `twinhull list` does not need the Docker client.
 */
export function localBuilds({ settings, cwd, reporter }: LocalBuildsOptions): Builds {
  let opened: Promise<BuildStore> | undefined;
  let driver: Driver | undefined;
  const store = (): Promise<BuildStore> => (opened ??= openStore(settings));
  const stored = async (): Promise<{ store: BuildStore; clock: typeof systemClock }> => ({
    store: await store(),
    clock: systemClock,
  });
  const openedDriver = async (): Promise<Driver> => {
    const { openDriver } = await import('../../wiring/open-driver.ts');
    return (driver ??= await openDriver(settings, await store(), reporter));
  };
  const preparePlan = async (...[wanted]: Parameters<Builds['plan']>) =>
    (await import('../../wiring/prepare-plan.ts')).preparePlan(wanted, settings, cwd);

  return {
    plan: async (wanted) => {
      const { plan } = await preparePlan(wanted);
      const { estimateOf } = await import('../../wiring/estimate-of.ts');
      return { plan, estimate: await estimateOf(plan, settings, store) };
    },
    submit: async (wanted, { force, ifBusy }) => {
      await store();
      const { plan, reference } = await preparePlan(wanted);
      const parts = await openedDriver();
      const registry = parts.registryFor(plan.destination.repository);
      const { submitBuild } = await import('../../pipeline/submit-build.ts');
      return submitBuild({ plan, reference, force, ifBusy }, { ...parts, registry });
    },
    load: async (id) => {
      const builds = await store();
      const build = await builds.load(id);
      return build && shownBuild(builds, build);
    },
    list: async (query) => (await store()).list(query),
    follow: async function* (id, options) {
      return yield* followBuild(id, await stored(), options);
    },
    log: async function* (id) {
      const { storedLog } = await import('../../pipeline/logs/stored-log.ts');
      yield* storedLog(await store(), id);
    },
    cancel: async (id) => cancelBuild(id, await stored()),
    retry: async (id) => retryBuild(id, await openedDriver()),
    promote: async (request) => {
      const { registryOpener } = await import('../../wiring/open-registry.ts');
      const { promote } = await import('../../pipeline/promote.ts');
      return promote(request, { ...(await stored()), registryFor: registryOpener(settings) });
    },
    attach: (id) => attach(id, openedDriver(), settings),
    goOnInBackground: () => reconcileInBackground(settings),
    cancelInBackground: (id) => cancelInBackground(settings, id),
    close: async () => {
      driver?.close();
      await opened?.then(
        (builds) => builds.close(),
        () => undefined,
      );
    },
  };
}

/** Drives the store's builds, or leaves that to the holder of the lease. */
function attach(id: string, driver: Promise<Driver>, settings: Settings): Attachment {
  const driving = new AbortController();
  const started = driver.then(async (parts) => {
    const { Reconciler } = await import('../../pipeline/drive/reconciler.ts');
    const reconciler = new Reconciler(parts);
    return { parts, reconciler, over: reconciler.run({ signal: driving.signal }) };
  });
  const over = started.then((run) => run.over);
  return {
    trouble: over.then(() => new Promise<never>(() => undefined)),
    cancel: async () => {
      const { parts, reconciler } = await started;
      await cancelBuild(id, parts);
      reconciler.wake();
    },
    end: async () => {
      driving.abort();
      await over.catch(() => undefined);
      if (await isLeftAlone(id, await driver)) reconcileInBackground(settings);
    },
  };
}

/**
 * Whether an ended build has leftovers at the backend, such as a late job, and no process holds the lease to remove
 * them.
 */
async function isLeftAlone(id: string, { store, clock }: Driver): Promise<boolean> {
  try {
    const build = await store.load(id);
    const hasRest = build !== undefined && isEnded(build) && hasLeftovers(build);
    return hasRest && (await store.leaseHolder(clock.now())) === undefined;
  } catch {
    // A failing store has been reported, or the next driver will report it.
    return false;
  }
}
