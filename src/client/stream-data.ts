import * as z from 'zod';
import type { PlatformSuffix } from '../domain/platform.ts';
import type { components } from './api-schema.ts';

/** An event of a build: `event.type` is one of docs/events.md, or one of a later release. */
export type StreamedBuildEvent = components['schemas']['Event'];

/** Whole lines of a log, and the position after them. */
export interface StreamedLogText {
  readonly text: string;
  readonly next: number;
  /**
   * When the lines were printed, in milliseconds: since the Unix epoch for the first, since the line before for each
   * other. Absent where that was not stored.
   */
  readonly times?: readonly number[] | undefined;
}

interface RawLogText {
  readonly platform: PlatformSuffix;
  readonly attempt: number;
  readonly text: string;
}

/** What a terminal shows of a build: an event, or text of an attempt's log with the builder's marks. */
export type FollowedItem = ({ readonly kind: 'event' } & StreamedBuildEvent) | ({ readonly kind: 'log' } & RawLogText);

// The package is typed without Zod, so the types are written out, and the schemas checked against them.
const event: z.ZodType<StreamedBuildEvent> = z.looseObject({
  sequence: z.number(),
  buildId: z.string(),
  at: z.string(),
  event: z.looseObject({ type: z.string() }),
});
const logText: z.ZodType<StreamedLogText> = z.object({
  text: z.string(),
  next: z.number(),
  times: z.array(z.number()).optional(),
});
const rawLogText: z.ZodType<RawLogText> = z.object({
  platform: z.enum(['arm64', 'amd64']),
  attempt: z.number(),
  text: z.string(),
});

/** Parsers of the data of streams. @throws z.ZodError */
export const readData = {
  event: (data: unknown) => event.parse(data),
  log: (data: unknown) => logText.parse(data),
  followed: (type: string, data: unknown): FollowedItem =>
    type === 'log' ? { kind: 'log', ...rawLogText.parse(data) } : { kind: 'event', ...event.parse(data) },
};
