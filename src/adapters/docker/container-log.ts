import type { Readable } from 'node:stream';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogChunk, ReadLogOptions } from '../../ports/job-backend.ts';
import type { Engine } from './engine.ts';
import { statusOf } from './engine-errors.ts';
import { inspectContainer } from './find-container.ts';
import { type LogRequest, openLog, readLines } from './log-stream.ts';

/** Pauses until a container whose log has ended is reported as ended, in milliseconds: most take a few. */
const firstPause = 10;
const longestPause = 100;

/** How many of a log's last lines are compared to check that all of it was read. */
const comparedLines = 200;
const keptTail = 64 * 1024;

/**
 * A container's output, stdout and stderr merged. The cursor is a count of bytes: the engine cannot start in the middle
 * of a log, so resuming reads from the start and drops what was read before.
 */
export async function* readContainerLog(
  engine: Engine,
  containerId: string,
  options: ReadLogOptions & { readonly clock: Clock },
): AsyncGenerator<LogChunk> {
  const { signal, clock } = options;
  let offset = parseCursor(options.cursor);
  let tail: Buffer = Buffer.alloc(0);
  let pause = firstPause;
  while (!signal?.aborted) {
    const ended = await hasEnded(engine, containerId);
    if (ended === undefined) return;
    const follow = options.follow && !ended;
    const stream = await openUnlessGone(engine, { containerId, follow, signal });
    if (stream === undefined) return;
    for await (const { bytes, times } of readLines(engine, stream, { skip: offset, final: ended, signal })) {
      offset += bytes.length;
      tail = lastBytes(tail, bytes);
      yield { text: bytes.toString('utf8'), cursor: String(offset), times };
    }
    if (!follow || signal?.aborted) return;
    if ((await hasEnded(engine, containerId)) === false) {
      await clock.sleep(pause, signal);
      pause = Math.min(2 * pause, longestPause);
    } else if (await isAllRead(engine, containerId, offset, tail)) return;
  }
}

/**
 * Engines before 23.0 may end a followed log before its last lines, when the job ends while they are written. So the
 * end is compared with what was read, and the log read once more where it differs. Exact for logs of up to
 * `comparedLines` lines; a longer one would only pass wrongly if its last `comparedLines` lines repeated themselves.
 */
async function isAllRead(engine: Engine, containerId: string, offset: number, tail: Buffer): Promise<boolean> {
  const stream = await openUnlessGone(engine, { containerId, follow: false, tail: comparedLines });
  if (stream === undefined) return true;
  let end: Buffer = Buffer.alloc(0);
  let size = 0;
  for await (const { bytes } of readLines(engine, stream, { skip: 0, final: true })) {
    size += bytes.length;
    end = lastBytes(end, bytes);
  }
  if (size > offset || tail.length < end.length) return false;
  return tail.subarray(tail.length - end.length).equals(end);
}

function lastBytes(before: Buffer, chunk: Buffer): Buffer {
  if (chunk.length >= keptTail) return chunk.subarray(chunk.length - keptTail);
  const joined = Buffer.concat([before, chunk]);
  return joined.subarray(Math.max(0, joined.length - keptTail));
}

/** Undefined when the container is gone. */
async function hasEnded(engine: Engine, containerId: string): Promise<boolean | undefined> {
  const container = await inspectContainer(engine, containerId);
  if (container === undefined || container.State.Status === 'removing') return undefined;
  return container.State.Status === 'exited' || container.State.Status === 'dead';
}

async function openUnlessGone(engine: Engine, request: LogRequest): Promise<Readable | undefined> {
  try {
    return await openLog(engine, request);
  } catch (error) {
    if (request.signal?.aborted) return undefined;
    const status = statusOf(error);
    if (status === 404 || status === 409) return undefined; // 409: dead, or marked for removal
    throw error;
  }
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const offset = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isNaN(offset))
    throw new TwinhullError('InternalError', `log cursor "${cursor}" is not one of the docker backend`);
  return offset;
}
