import { againMark, nonceOf, parsePhaseMark } from '../../builder/phase-marks.ts';
import type { LogChunk, ReadLogOptions } from '../../ports/job-backend.ts';
import { isOver, type JobDetail, logGroupOf } from './job-detail.ts';
import { type JobRun, runsOf } from './job-runs.ts';
import type { KnownJobs } from './known-jobs.ts';
import { formatCursor, type LogPosition, parseCursor } from './log-cursor.ts';
import { type LogEventsOptions, type LogStream, readLogPage } from './log-events.ts';

export interface ReadJobLogOptions extends LogEventsOptions {
  readonly jobs: KnownJobs;
  /** How long after its end a run's last lines may still be on their way, in milliseconds. */
  readonly graceMilliseconds: number;
  readonly followers: LogFollowers;
}

/** How long to wait before looking for new lines, in milliseconds: shortly after some came, longer when it is quiet. */
const shortestPause = 500;
const longestPause = 4_000;

/** What one look at a log takes of the calls that all of them share. */
const callsPerLook = 2;

/** How many logs are followed by whoever shares a pace. */
export class LogFollowers {
  count = 0;
}

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
  const { clock } = options.patience;
  let position = parseCursor(cursor);
  let pause = shortestPause;
  let quietSince: number | undefined;
  let nonce: string | undefined;
  let saidAll = false;
  while (!isAborted(signal)) {
    const detail = await options.jobs.lookUp(id);
    if (detail === undefined) return;
    const runs = runsOf(detail);
    const run = runs[position.run - 1];
    const stream = streamOf(detail, run);
    const before = position;
    const next = runs[position.run];
    const hasEnded = next !== undefined || isOver(detail);
    if (stream !== undefined) {
      for await (const page of readOn(stream, position, { ...options, urgent: hasEnded }, signal)) {
        if (position.events === 0) nonce = nonceOf(page.lines[0] ?? '');
        ({ position } = page);
        if (page.lines.length === 0) continue;
        yield { text: textOf(page.lines), cursor: formatCursor(position) };
        saidAll = isLastWord(page.lines.at(-1) ?? '', nonce);
        if (saidAll) break;
      }
    }
    if (isAborted(signal)) return;
    const isNews = position.events > before.events;
    if (isNews) pause = shortestPause;

    if (hasEnded) {
      quietSince = isNews ? clock.now() : (quietSince ?? clock.now());
      const isComplete =
        stream === undefined || !follow || saidAll || clock.now() - quietSince >= options.graceMilliseconds;
      if (isComplete && next === undefined) return;
      if (isComplete) {
        position = { run: position.run + 1, token: undefined, events: 0 };
        quietSince = undefined;
        nonce = undefined;
        saidAll = false;
        const mark = await markBetween(detail, runs, position.run, options);
        if (mark !== undefined) yield { text: `${mark}\n`, cursor: formatCursor(position) };
        continue;
      }
    } else if (!follow) return;
    if (hasEnded) await clock.sleep(shortestPause, signal);
    else await options.jobs.sleepUntilOver(id, Math.max(pause, fairPause(options)), signal);
    pause = hasEnded ? shortestPause : Math.min(longestPause, pause * 1.5);
  }
}

/** However many logs are followed, together they stay below what CloudWatch takes. In milliseconds. */
function fairPause({ followers, pace }: ReadJobLogOptions): number {
  return (followers.count * callsPerLook * 1000) / pace.perSecond;
}

/**
 * What a run that ended in an orderly way says last, by builder.sh: after it nothing more is on its way. Known only to
 * whoever read the run from its first line: what the repository's code printed does not count.
 */
function isLastWord(line: string, nonce: string | undefined): boolean {
  const mark = nonce === undefined ? undefined : parsePhaseMark(line, nonce);
  return mark?.verb === 'end' && mark.phase === 'cleanup';
}

function streamOf(detail: JobDetail, run: JobRun | undefined): LogStream | undefined {
  const name = run?.container?.logStreamName;
  return name === undefined ? undefined : { group: logGroupOf(detail), name };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

interface PageRead {
  readonly lines: readonly string[];
  readonly position: LogPosition;
}

/** What is there now of a run's log, from `position` on. */
async function* readOn(
  stream: LogStream,
  from: LogPosition,
  options: LogEventsOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<PageRead> {
  let position = from;
  let skip = 0;
  while (!isAborted(signal)) {
    const page = await unlessAborted(readLogPage(stream, position.token, options, signal), signal);
    if (page === undefined) return;
    if (page === 'expired') {
      skip = position.events;
      position = { ...position, token: undefined };
      continue;
    }
    const lines = page.lines.slice(skip);
    skip = Math.max(0, skip - page.lines.length);
    const isEnd = page.token === position.token && page.lines.length === 0;
    position = { ...position, token: page.token, events: position.events + lines.length };
    yield { lines, position };
    if (isEnd) return;
  }
}

/** Undefined when the wait was given up: that is no failure. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAborted(signal)) return undefined;
    throw error;
  }
}

/** Undefined where no run before introduced itself: then the next one's `hello` counts anyway. */
async function markBetween(
  detail: JobDetail,
  runs: readonly JobRun[],
  number: number,
  options: LogEventsOptions,
): Promise<string | undefined> {
  const before = runs.slice(0, number - 1);
  const reason = before.at(-1)?.statusReason ?? before.at(-1)?.container?.reason ?? 'no reason was given';
  for (const run of before.reverse()) {
    const stream = streamOf(detail, run);
    const page = stream === undefined ? undefined : await readLogPage(stream, undefined, options);
    const mark =
      page === undefined || page === 'expired'
        ? undefined
        : againMark(
            page.lines[0] ?? '',
            `run ${String(number)} of this job begins: the run before ended with ${reason}`,
          );
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** Asked anew each time: it changes while others are waited for. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
