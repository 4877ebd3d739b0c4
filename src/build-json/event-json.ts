import * as z from 'zod';
import type { RecordedEvent } from '../domain/build-event.ts';
import { time } from './job-shapes.ts';

/** The schema of `EventJson`. */
export const eventSchema = z
  .object({
    sequence: z.number().describe('orders all events of the service'),
    buildId: z.string(),
    at: time,
    event: z.looseObject({ type: z.string() }).describe('see docs/events.md'),
  })
  .meta({ id: 'Event' });

/** An event as clients receive it, in lists and in streams. */
export type EventJson = z.infer<typeof eventSchema>;

/** The event as clients receive it. */
export function eventToJson({ sequence, buildId, at, event }: RecordedEvent): EventJson {
  return { sequence, buildId, at: new Date(at).toISOString(), event: { ...event } };
}
