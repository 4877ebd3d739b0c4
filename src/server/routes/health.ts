import { buildStates } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Platform, platforms } from '../../domain/platform.ts';
import type { Meters } from '../metrics/meters.ts';
import { problems } from '../schemas/answers.ts';
import { healthSchema } from '../schemas/health-schema.ts';
import type { RouteParts, Routes } from './route.ts';

/** How long an answer of the backend is reused, in milliseconds, also a failed one: readers may ask at any rate. */
const trust = 15_000;

interface PlatformHealth {
  readonly platform: Platform;
  readonly ready: boolean;
  readonly problem: { readonly code: TwinhullError['code']; readonly message: string; readonly hint: string } | null;
}

/** What an operator looks at first: whether the parts of the service answer, and what they are doing. */
export const healthRoutes: Routes = (app, parts) => {
  const { store, clock, options } = parts;
  const passes = passesOf(options.meters);
  const backend = rememberedBackend(parts);

  app.get(
    '/health',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Health of the service: backend, builds by state, who drives them, version',
        tags: ['operations'],
        response: { 200: healthSchema, ...problems },
      },
    },
    async (_request, reply) => {
      const begun = clock.now();
      const lease = await store.leaseHolder(begun);
      const seconds = (clock.now() - begun) / 1000;
      const [counts, lastEvent, ready] = await Promise.all([store.countByState(), store.lastSequence(), backend()]);
      return reply.send({
        version: options.version,
        node: process.versions.node,
        at: new Date(clock.now()).toISOString(),
        backend: [...ready],
        builds: buildStates.map((state) => ({ state, count: counts.get(state) ?? 0 })),
        lastEvent,
        driver:
          lease === undefined
            ? null
            : { host: lease.owner.split(':')[0] ?? '', leaseExpiresAt: new Date(lease.expiresAt).toISOString() },
        passes: await passes(),
        store: { name: options.storeName ?? null, seconds },
      });
    },
  );
};

/** What this replica measures while it drives the builds. */
function passesOf(meters: Meters | undefined) {
  return async () => {
    if (meters === undefined || (await meters.gauge('twinhull_lease_held')) === 0) return null;
    const lastAt = await meters.gauge('twinhull_reconcile_last_pass_timestamp_seconds');
    return {
      lastAt: lastAt === 0 ? null : new Date(lastAt * 1000).toISOString(),
      lagSeconds: await meters.gauge('twinhull_reconcile_lag_seconds'),
      openBuilds: await meters.gauge('twinhull_reconcile_open_builds'),
      jobEvents: (await meters.gauge('twinhull_event_queue_hearing')) === 1,
    };
  };
}

function rememberedBackend({ backend, clock }: Pick<RouteParts, 'backend' | 'clock'>) {
  let known: { readonly at: number; readonly answer: Promise<readonly PlatformHealth[]> } | undefined;
  return (): Promise<readonly PlatformHealth[]> => {
    if (known === undefined || clock.now() - known.at > trust)
      known = { at: clock.now(), answer: Promise.all(platforms.map((platform) => healthOf(platform, backend))) };
    return known.answer;
  };
}

async function healthOf(platform: Platform, backend: RouteParts['backend']): Promise<PlatformHealth> {
  try {
    await backend.check([platform]);
    return { platform, ready: true, problem: null };
  } catch (error) {
    const { code, message, hint } = TwinhullError.is(error)
      ? error
      : new TwinhullError('InternalError', 'the backend could not be checked');
    return { platform, ready: false, problem: { code, message, hint } };
  }
}
