import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BuildStore } from '../ports/build-store.ts';
import { buildStates } from './schemas.ts';

/** What Prometheus is told: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export interface Metrics {
  readonly contentType: string;
  /** @throws StoreUnavailable */
  text(): Promise<string>;
  request(labels: { readonly method: string; readonly route: string; readonly status: string }, seconds: number): void;
}

export function createMetrics(store: BuildStore, { processMetrics = false }: { processMetrics?: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const builds = new Gauge({ name: 'twinhull_builds', help: 'Builds by state', labelNames: ['state'], registers });
  const latest = new Gauge({ name: 'twinhull_events_sequence', help: 'Number of the latest event', registers });
  const requests = new Histogram({
    name: 'twinhull_http_request_seconds',
    help: 'Time to the end of an answer; streams last as long as they are listened to',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  return {
    contentType: registry.contentType,
    text: async () => {
      const counts = await store.countByState();
      for (const state of buildStates) builds.set({ state }, counts.get(state) ?? 0);
      latest.set(await store.lastSequence());
      return registry.metrics();
    },
    request: (labels, seconds) => requests.observe(labels, seconds),
  };
}
