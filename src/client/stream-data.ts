import * as z from 'zod';

const event = z.looseObject({
  sequence: z.number(),
  buildId: z.string(),
  at: z.string(),
  event: z.looseObject({ type: z.string() }),
});

const logText = z.object({ text: z.string(), next: z.number() });

const rawLogText = z.object({ platform: z.enum(['arm64', 'amd64']), attempt: z.number(), text: z.string() });

/** An event of a build: `event.type` is one of docs/events.md, or one of a later release. */
export type StreamedBuildEvent = z.output<typeof event>;

/** Text of a log, whole lines, and where to go on after it. */
export type StreamedLogText = z.output<typeof logText>;

/** What a terminal is shown of a build: an event, or text of an attempt's log with the marks of the builder. */
export type FollowedItem =
  | ({ readonly kind: 'event' } & StreamedBuildEvent)
  | ({ readonly kind: 'log' } & z.output<typeof rawLogText>);

/** Readers of what streams carry. @throws z.ZodError */
export const readData = {
  event: (data: unknown): StreamedBuildEvent => event.parse(data),
  log: (data: unknown): StreamedLogText => logText.parse(data),
  followed: (type: string, data: unknown): FollowedItem =>
    type === 'log' ? { kind: 'log', ...rawLogText.parse(data) } : { kind: 'event', ...event.parse(data) },
};
