import { buildStates } from '../../domain/build.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import { Meters } from './meters.ts';

/** The content of `/metrics`. */
export interface ServiceMetrics {
  readonly meters: Meters;
  readonly contentType: string;
  /** @throws StoreUnavailable */
  text(): Promise<string>;
}

/** @param processMetrics whether to include Node's metrics of the process; once per process. @default false */
export function serviceMetrics(
  store: Pick<BuildStore, 'countByState' | 'lastSequence'>,
  { meters = new Meters(), processMetrics = false }: { meters?: Meters | undefined; processMetrics?: boolean } = {},
): ServiceMetrics {
  if (processMetrics) meters.addProcessMetrics();
  return {
    meters,
    contentType: meters.contentType,
    text: async () => {
      const counts = await store.countByState();
      for (const state of buildStates) meters.set('twinhull_builds', { state }, counts.get(state) ?? 0);
      meters.set('twinhull_events_sequence', {}, await store.lastSequence());
      return meters.text();
    },
  };
}
