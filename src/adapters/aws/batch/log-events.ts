import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type RetryContext, withAwsRetries } from './aws-retries.ts';
import { troubleOf } from './batch-errors.ts';
import type { RateLimiter, TurnOptions } from './rate-limiter.ts';

/** The log of one run in CloudWatch Logs. */
export interface LogStream {
  readonly group: string;
  readonly name: string;
}

/** A line without its newline, and when it was printed, in milliseconds since the Unix epoch. */
export interface LoggedLine {
  readonly text: string;
  readonly at: number | undefined;
}

/** The response to one GetLogEvents. */
export interface LogPage {
  readonly lines: readonly LoggedLine[];
  /** Token for the next page; unchanged once all current events have been read. */
  readonly token: string | undefined;
}

/** All readers of logs share one rate limiter: AWS limits GetLogEvents per account and region. */
export interface LogEventsOptions {
  readonly logs: CloudWatchLogsClient;
  readonly patience: RetryContext;
  readonly rateLimiter: RateLimiter;
}

/** The priority of one call. */
export interface ReadPageOptions {
  /** Goes ahead of other calls: this log is known to be complete. @default false */
  readonly first?: boolean;
  /** Once it aborts, a waiting call is rejected. */
  readonly signal?: AbortSignal | undefined;
  /** Once it aborts, the call goes ahead of others: a reader is waiting for the end of this log. */
  readonly urgent?: AbortSignal | undefined;
}

/**
 * One page of a stream, up to 1 MiB or 10,000 events; an empty one only means that no events are available yet
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html). A stream is created
 * with its first event: until then it counts as empty.
 *
 * @returns `expired` when the token is older than a day
 * @throws the SDK's error once the retries are used up
 */
export async function readLogPage(
  { group, name }: LogStream,
  token: string | undefined,
  { logs, patience, rateLimiter }: LogEventsOptions,
  { first, signal, urgent }: ReadPageOptions = {},
): Promise<LogPage | 'expired'> {
  const command = new GetLogEventsCommand({
    logGroupName: group,
    logStreamName: name,
    startFromHead: true,
    ...(token !== undefined && { nextToken: token }),
  });
  try {
    const answer = await withAwsRetries(
      () => withinLimit(() => logs.send(command, { abortSignal: signal }), rateLimiter, { first, signal, urgent }),
      patience,
      signal,
    );
    return {
      lines: (answer.events ?? []).map(({ message = '', timestamp }) => ({
        text: message.replace(/\n$/, ''),
        at: timestamp,
      })),
      token: answer.nextForwardToken ?? token,
    };
  } catch (error) {
    const code = error instanceof Error ? error.name : '';
    if (code === 'ResourceNotFoundException') return { lines: [], token };
    if (code === 'InvalidParameterException' && token !== undefined) return 'expired';
    throw error;
  }
}

async function withinLimit<T>(call: () => Promise<T>, rateLimiter: RateLimiter, options: TurnOptions): Promise<T> {
  await rateLimiter.turn(options);
  options.signal?.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    if (troubleOf(error) === 'throttled') rateLimiter.throttled();
    throw error;
  }
}
