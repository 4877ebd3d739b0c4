import { againMark } from '../../../builder/phase-marks.ts';
import type { LogChunk, ReadLogOptions } from '../../../ports/job-backend.ts';
import type { JobDescriptions } from './job-descriptions.ts';
import { hasJobEnded, type JobDetail, logGroupOf } from './job-detail.ts';
import { type JobRun, runsOf } from './job-runs.ts';
import { formatLogCursor, type JobLogPosition, parseLogCursor } from './log-cursor.ts';
import { type LogEventsOptions, type LogStream, readLogPage } from './log-events.ts';
import { RunLog, unlessAborted } from './run-log.ts';

/** What all readers of logs share. */
export interface ReadJobLogOptions extends LogEventsOptions {
  readonly jobs: JobDescriptions;
  /** How long after its end a run's last lines may still be in transit, in milliseconds. */
  readonly graceMilliseconds: number;
  readonly followers: LogFollowers;
}

/** State shared by the log followers of one rate limiter. */
export class LogFollowers {
  /** How many logs are being followed. */
  count = 0;
  /** By job id, the latest run whose final mark was read: a reader that resumes in mid-log cannot recognise it. */
  readonly fullyRead = new Map<string, number>();
}

/** Interval of polls for new lines, in milliseconds: short after new lines, longer while there are none. */
const shortestPause = 500;
const longestPause = 4_000;

/** How many of the shared calls one poll of a log uses. */
const callsPerLook = 2;

/**
 * A job's output, run after run, each from the log stream that Batch names for it. Every run but the first begins with
 * an `again` mark, so that its own phase marks count.
 */
export async function* readJobLog(
  id: string,
  wanted: ReadLogOptions,
  options: ReadJobLogOptions,
): AsyncGenerator<LogChunk> {
  const { followers } = options;
  followers.count += 1;
  try {
    yield* readRuns(id, wanted, options);
  } finally {
    followers.count -= 1;
  }
}

async function* readRuns(
  id: string,
  { cursor, follow, signal }: ReadLogOptions,
  options: ReadJobLogOptions,
): AsyncGenerator<LogChunk> {
  let log = new RunLog(parseLogCursor(cursor), options);
  const { clock } = options.patience;
  const over = options.jobs.over(id);
  let pause = shortestPause;
  while (signal?.aborted !== true) {
    const detail = await options.jobs.lookUp(id);
    if (detail === undefined) return;
    const runs = runsOf(detail);
    const hasNext = runs.length > log.run;
    const hasEnded = hasNext || hasJobEnded(detail);
    const stream = streamOf(detail, runs[log.run - 1]);
    if (stream !== undefined) {
      for await (const chunk of log.readOn(stream, { signal, urgent: over, first: hasNext })) {
        pause = shortestPause;
        yield chunk;
      }
    }
    if (log.hasFinalMark) options.followers.fullyRead.set(id, log.run);
    const isFullyRead = options.followers.fullyRead.get(id) === log.run;
    const isComplete =
      hasEnded && (stream === undefined || !follow || isFullyRead || log.isComplete(options.graceMilliseconds));
    if (isComplete && hasNext) {
      const next = { run: log.run + 1, token: undefined, events: 0 };
      log = new RunLog(next, options);
      yield* markBetween(detail, runs, next, { ...options, signal });
      continue;
    }
    if (isComplete || !follow) return;
    if (hasEnded) await clock.sleep(shortestPause, signal);
    else await clock.sleep(Math.max(pause, fairPause(options)), eitherOf(over, signal));
    pause = Math.min(longestPause, pause * 1.5);
  }
}

/** Keeps all followed logs together below CloudWatch's limit. In milliseconds. */
function fairPause({ followers, rateLimiter }: ReadJobLogOptions): number {
  return (followers.count * callsPerLook * 1000) / rateLimiter.perSecond;
}

function streamOf(detail: JobDetail, run: JobRun | undefined): LogStream | undefined {
  const name = run?.container?.logStreamName;
  return name === undefined ? undefined : { group: logGroupOf(detail), name };
}

/** Nothing where no earlier run sent a `hello`: the next run's `hello` counts in any case. */
async function* markBetween(
  detail: JobDetail,
  runs: readonly JobRun[],
  next: JobLogPosition,
  { signal, ...options }: LogEventsOptions & { readonly signal: AbortSignal | undefined },
): AsyncGenerator<LogChunk> {
  const before = runs.slice(0, next.run - 1).reverse();
  const reason = before[0]?.statusReason ?? before[0]?.container?.reason ?? 'no reason was given';
  for (const run of before) {
    const stream = streamOf(detail, run);
    if (stream === undefined) continue;
    const page = await unlessAborted(readLogPage(stream, undefined, options, { signal }), signal);
    if (page === undefined || page === 'expired') continue;
    const mark = againMark(page.lines[0]?.text ?? '', reason);
    if (mark === undefined) continue;
    yield { text: `${mark}\n`, cursor: formatLogCursor(next) };
    return;
  }
}

function eitherOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
