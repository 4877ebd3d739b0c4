import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { askAgain, type Patience } from './backoff.ts';
import { troubleOf } from './batch-errors.ts';
import type { Pace, TurnOptions } from './pace.ts';

export interface LogStream {
  readonly group: string;
  readonly name: string;
}

export interface LogPage {
  /** Each is a line without its newline. */
  readonly lines: readonly string[];
  /** Where to go on. The same as before once all was read that is there now. */
  readonly token: string | undefined;
}

export interface LogEventsOptions {
  readonly logs: CloudWatchLogsClient;
  readonly patience: Patience;
  readonly pace: Pace;
}

export interface ReadPageOptions {
  /** Before other calls: the end of this log is known to have come. @default false */
  readonly first?: boolean;
  /** Ends the wait with an error. */
  readonly signal?: AbortSignal | undefined;
  /** Once it aborts, the call goes before others: somebody waits for the end of this log. */
  readonly urgent?: AbortSignal | undefined;
}

/**
 * One page of a stream, up to 1 MiB or 10,000 events; an empty one only means that nothing is there yet
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html). A stream appears with its
 * first event: until then it counts as empty.
 *
 * @returns `expired` when the token is older than a day
 * @throws whatever the SDK throws once AWS was asked a few times
 */
export async function readLogPage(
  { group, name }: LogStream,
  token: string | undefined,
  { logs, patience, pace }: LogEventsOptions,
  { first, signal, urgent }: ReadPageOptions = {},
): Promise<LogPage | 'expired'> {
  const command = new GetLogEventsCommand({
    logGroupName: group,
    logStreamName: name,
    startFromHead: true,
    ...(token !== undefined && { nextToken: token }),
  });
  try {
    const answer = await askAgain(
      () => paced(() => logs.send(command, { abortSignal: signal }), pace, { first, signal, urgent }),
      patience,
      signal,
    );
    return {
      lines: (answer.events ?? []).map(({ message = '' }) => message.replace(/\n$/, '')),
      token: answer.nextForwardToken ?? token,
    };
  } catch (error) {
    const code = error instanceof Error ? error.name : '';
    if (code === 'ResourceNotFoundException') return { lines: [], token };
    if (code === 'InvalidParameterException' && token !== undefined) return 'expired';
    throw error;
  }
}

async function paced<T>(call: () => Promise<T>, pace: Pace, options: TurnOptions): Promise<T> {
  await pace.turn(options);
  options.signal?.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    if (troubleOf(error) === 'throttled') pace.throttled();
    throw error;
  }
}
