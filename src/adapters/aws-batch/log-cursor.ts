import { z } from 'zod';

/** Where a reader of a job's log stands. */
export interface LogPosition {
  /** The run whose log is read, from 1. */
  readonly run: number;
  /** CloudWatch's token for what follows; undefined at the beginning. It lasts for 24 hours. */
  readonly token: string | undefined;
  /** How many events of this run were read: for going on once the token has expired. */
  readonly events: number;
}

export const beginning: LogPosition = { run: 1, token: undefined, events: 0 };

const form = /^([1-9]\d{0,3}) (\d{1,15}) (.*)$/;
const position = z
  .string()
  .regex(form)
  .transform((text): LogPosition => {
    const [, run, events, token] = form.exec(text) ?? [];
    return { run: Number(run), token: token || undefined, events: Number(events) };
  });

/** `{run} {events read} {token}`. */
export function formatCursor({ run, events, token }: LogPosition): string {
  return `${String(run)} ${String(events)} ${token ?? ''}`;
}

/** A cursor that is not ours starts from the beginning. */
export function parseCursor(cursor: string | undefined): LogPosition {
  return position.safeParse(cursor).data ?? beginning;
}
