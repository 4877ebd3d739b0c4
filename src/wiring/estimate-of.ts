import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BuildEstimate, estimateFrom } from '../domain/build-estimate.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Plan } from '../domain/plan.ts';
import { estimateBuild } from '../pipeline/estimate-build.ts';
import type { BuildStore } from '../ports/build-store.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * An estimate from the store, if it can be read: a plan neither depends on a store nor creates one.
 * @returns undefined when the store is unavailable
 */
export async function estimateOf(
  plan: Plan,
  { stateFolder, databaseUrl, hostPrices }: Pick<Settings, 'stateFolder' | 'databaseUrl' | 'hostPrices'>,
  open: () => Promise<BuildStore>,
): Promise<BuildEstimate | undefined> {
  if (databaseUrl === undefined && !existsSync(path.join(stateFolder, 'twinhull.db'))) {
    const platforms = plan.jobs.map(({ platform }) => platform);
    return { ...estimateFrom([], platforms), live: 0, ahead: 0 };
  }
  try {
    return await estimateBuild(plan, await open(), hostPrices);
  } catch (error) {
    if (TwinhullError.is(error, 'StoreUnavailable')) return undefined;
    throw error;
  }
}
