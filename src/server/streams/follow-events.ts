import { isEnded } from '../../domain/build.ts';
import type { RecordedEvent } from '../../domain/build-event.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { lookInterval, quietLooks } from './pace.ts';
import type { StreamItem } from './sse.ts';

export interface EventJson {
  readonly sequence: number;
  readonly buildId: string;
  readonly at: string;
  readonly event: RecordedEvent['event'];
}

export function eventToJson({ sequence, buildId, at, event }: RecordedEvent): EventJson {
  return { sequence, buildId, at: new Date(at).toISOString(), event };
}

const page = 500;

/**
 * Events after `after`, as they are recorded, until `signal` aborts. Those of one build end with it.
 * @throws BuildNotFound, StoreUnavailable
 */
export async function* followEvents(
  from: { readonly after: number; readonly buildId?: string | undefined },
  { store, clock }: { store: BuildStore; clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const { buildId } = from;
  const filter = buildId === undefined ? {} : { buildId };
  let { after } = from;
  for (let looks = 1; !signal.aborted; looks += 1) {
    // Looked at before its events: when it has ended here, all that belongs to it is there to be read.
    const ended = buildId !== undefined && isEnded(await requireBuild(store, buildId));
    for (;;) {
      const events = await store.events({ ...filter, after, limit: page });
      for (const event of events) {
        yield { id: event.sequence, type: event.event.type, data: eventToJson(event) };
        after = event.sequence;
        looks = 0;
      }
      if (events.length < page) break;
    }
    if (ended) {
      yield 'end';
      return;
    }
    if (looks > 0 && looks % quietLooks === 0) yield 'quiet';
    await clock.sleep(lookInterval, signal);
  }
}
