import { z } from 'zod';
import { ApiError } from './api-error.ts';

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

const requestSchema = z.object({
  logGroupName: z.string(),
  logStreamName: z.string(),
  nextToken: z.string().optional(),
  startFromHead: z.boolean().optional(),
});

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
const longestPage = 1024 * 1024;
const bytesPerEvent = 26;
const tokenForm = /^f\/(\d{20})$/;

export const batchLogGroup = '/aws/batch/job';

/** The streams of one log group. About every third page is followed by an empty one with a new token, as in AWS. */
export class LogStreams {
  readonly #streams = new Map<string, LogEvent[]>();
  readonly #pageEvents: number;
  /** Tokens issued before this one count as older than a day. */
  #expired = 0;
  #issued = 1;
  readonly #tokens = new Map<string, { readonly position: number; readonly serial: number; readonly empty: boolean }>();

  constructor(pageEvents: number) {
    this.#pageEvents = pageEvents;
  }

  append(stream: string, timestamp: number, message: string): void {
    const events = this.#streams.get(stream) ?? [];
    events.push({ timestamp, message });
    this.#streams.set(stream, events);
  }

  linesOf(stream: string): readonly string[] {
    return (this.#streams.get(stream) ?? []).map(({ message }) => message);
  }

  /** Expires all issued tokens, as if a day had passed. */
  expireTokens(): void {
    this.#expired = this.#issued;
  }

  getLogEvents(body: unknown): unknown {
    const { logGroupName, logStreamName, nextToken, startFromHead = false } = requestSchema.parse(body);
    const events = this.#streams.get(logStreamName);
    if (logGroupName !== batchLogGroup || events === undefined)
      throw new ApiError(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
    if (!startFromHead) throw new ApiError(400, 'InvalidParameterException', 'This stand-in only reads forward.');
    const from = this.#tokenAt(nextToken);
    if (from.empty) return this.#page([], { position: from.position, empty: false });
    const page = this.#take(events, from.position);
    if (page.length === 0 && nextToken !== undefined)
      return { events: [], nextForwardToken: nextToken, nextBackwardToken: 'b/0' };
    return this.#page(page, {
      position: from.position + page.length,
      empty: page.length > 0 && this.#issued % 3 === 0,
    });
  }

  #take(events: readonly LogEvent[], position: number): readonly LogEvent[] {
    let bytes = 0;
    const page: LogEvent[] = [];
    for (const event of events.slice(position, position + this.#pageEvents)) {
      bytes += Buffer.byteLength(event.message) + bytesPerEvent;
      if (bytes > longestPage && page.length > 0) break;
      page.push(event);
    }
    return page;
  }

  #page(events: readonly LogEvent[], next: { position: number; empty: boolean }): unknown {
    const serial = this.#issued++;
    const token = `f/${String(serial).padStart(20, '0')}`;
    this.#tokens.set(token, { ...next, serial });
    return { events, nextForwardToken: token, nextBackwardToken: 'b/0' };
  }

  #tokenAt(token: string | undefined): { readonly position: number; readonly empty: boolean } {
    if (token === undefined) return { position: 0, empty: false };
    const known = tokenForm.test(token) ? this.#tokens.get(token) : undefined;
    if (known === undefined || known.serial < this.#expired)
      throw new ApiError(400, 'InvalidParameterException', 'The specified nextToken is invalid or has expired.');
    return known;
  }
}
