import { z } from 'zod';

/** A reader's position in a job's log. */
export interface JobLogPosition {
  /** The run whose log is being read, from 1. */
  readonly run: number;
  /** CloudWatch's token for the next page; undefined at the beginning. It is valid for 24 hours. */
  readonly token: string | undefined;
  /** How many events of this run were read: where to resume once the token has expired. */
  readonly events: number;
}

/** The position of a reader that has read nothing. */
export const beginning: JobLogPosition = { run: 1, token: undefined, events: 0 };

const form = /^([1-9]\d{0,3}) (\d{1,15}) (.*)$/;
const position = z
  .string()
  .regex(form)
  .transform((text): JobLogPosition => {
    const [, run, events, token] = form.exec(text) ?? [];
    return { run: Number(run), token: token || undefined, events: Number(events) };
  });

/** `{run} {events read} {token}`. */
export function formatLogCursor({ run, events, token }: JobLogPosition): string {
  return `${String(run)} ${String(events)} ${token ?? ''}`;
}

/** An invalid cursor means the beginning. */
export function parseLogCursor(cursor: string | undefined): JobLogPosition {
  return position.safeParse(cursor).data ?? beginning;
}
