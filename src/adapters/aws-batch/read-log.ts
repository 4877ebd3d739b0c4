import { againMark } from '../../builder/phase-marks.ts';
import type { LogChunk, ReadLogOptions } from '../../ports/job-backend.ts';
import { isOver, type JobDetail, logGroupOf } from './job-detail.ts';
import { type JobRun, runsOf } from './job-runs.ts';
import type { KnownJobs } from './known-jobs.ts';
import { formatCursor, type LogPosition, parseCursor } from './log-cursor.ts';
import { type LogEventsOptions, type LogStream, readLogPage } from './log-events.ts';
import { RunLog, unlessAborted } from './run-log.ts';

export interface ReadJobLogOptions extends LogEventsOptions {
  readonly jobs: KnownJobs;
  /** How long after its end a run's last lines may still be on their way, in milliseconds. */
  readonly graceMilliseconds: number;
  readonly followers: LogFollowers;
}

/** What those know of each other who follow logs by one pace. */
export class LogFollowers {
  /** How many logs are followed. */
  count = 0;
  /** By the id of its job, the number of the latest run that said its last word: whoever reads on from its midst cannot tell. */
  readonly heardOut = new Map<string, number>();
}

/** How long to wait before looking for new lines, in milliseconds: shortly after some came, longer when it is quiet. */
const shortestPause = 500;
const longestPause = 4_000;

/** What one look at a log takes of the calls that all of them share. */
const callsPerLook = 2;

/**
 * A job's output, run after run, each from the log stream that Batch names for it. A run that follows another begins
 * with an `again` mark, so that its own phase marks count.
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
  let log = new RunLog(parseCursor(cursor), options);
  const { clock } = options.patience;
  const over = options.jobs.over(id);
  let pause = shortestPause;
  while (signal?.aborted !== true) {
    const detail = await options.jobs.lookUp(id);
    if (detail === undefined) return;
    const runs = runsOf(detail);
    const hasNext = runs.length > log.run;
    const hasEnded = hasNext || isOver(detail);
    const stream = streamOf(detail, runs[log.run - 1]);
    if (stream !== undefined) {
      for await (const chunk of log.readOn(stream, { signal, urgent: over, first: hasNext })) {
        pause = shortestPause;
        yield chunk;
      }
    }
    if (log.saidAll) options.followers.heardOut.set(id, log.run);
    const isHeardOut = options.followers.heardOut.get(id) === log.run;
    const isComplete =
      hasEnded && (stream === undefined || !follow || isHeardOut || log.isComplete(options.graceMilliseconds));
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

/** However many logs are followed, together they stay below what CloudWatch takes. In milliseconds. */
function fairPause({ followers, pace }: ReadJobLogOptions): number {
  return (followers.count * callsPerLook * 1000) / pace.perSecond;
}

function streamOf(detail: JobDetail, run: JobRun | undefined): LogStream | undefined {
  const name = run?.container?.logStreamName;
  return name === undefined ? undefined : { group: logGroupOf(detail), name };
}

/** Nothing where no run before introduced itself: then the next one's `hello` counts anyway. */
async function* markBetween(
  detail: JobDetail,
  runs: readonly JobRun[],
  next: LogPosition,
  { signal, ...options }: LogEventsOptions & { readonly signal: AbortSignal | undefined },
): AsyncGenerator<LogChunk> {
  const before = runs.slice(0, next.run - 1).reverse();
  const reason = before[0]?.statusReason ?? before[0]?.container?.reason ?? 'no reason was given';
  for (const run of before) {
    const stream = streamOf(detail, run);
    if (stream === undefined) continue;
    const page = await unlessAborted(readLogPage(stream, undefined, options, { signal }), signal);
    if (page === undefined || page === 'expired') continue;
    const mark = againMark(page.lines[0] ?? '', reason);
    if (mark === undefined) continue;
    yield { text: `${mark}\n`, cursor: formatCursor(next) };
    return;
  }
}

function eitherOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
