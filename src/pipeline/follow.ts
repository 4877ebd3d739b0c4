import { type Build, isEnded, lastAttempt } from '../domain/build.ts';
import type { RecordedEvent } from '../domain/build-event.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildStore, LogId } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import { requireBuild } from './change-build.ts';
import { storedLog } from './logs/stored-log.ts';

/** What a follower of a build receives, in order for each platform: its events, and its logs as they are stored. */
export type FollowItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'log'; readonly platform: Platform; readonly attempt: number; readonly text: string };

/** From where to follow a build, and what of it. */
export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Sequence of the last event already received. @default 0, from the build's beginning */
  readonly after?: number;
  /** Whether to include logs. @default true */
  readonly logs?: boolean;
  /** Only this platform's log. */
  readonly platform?: Platform | undefined;
  /** Bytes of each attempt's log already received, by `attemptKey`. @default none, from its beginning */
  readonly offsets?: ReadonlyMap<string, number>;
  /** How often the store is polled, in milliseconds: the longest delay of a line. Shorter near the end. @default 100 */
  readonly interval?: number;
}

/** What following a build reads. */
export type FollowedStore = Pick<BuildStore, 'load' | 'events' | 'readLog'>;

const eventsAtOnce = 500;

/** How often a build is polled that only has to be published, in milliseconds: a user waits for its end. */
const closingInterval = 20;

/** How many polls without events before the build is loaded anyway: prune may have removed it with its events. */
const pollsBetweenLoads = 50;

/** Identifies an attempt within its build. */
export function attemptKey({ platform, attempt }: Omit<LogId, 'buildId'>): string {
  return `${platform} ${String(attempt)}`;
}

/**
 * Follows a build from any process, whichever process drives it. Ends when the build has ended and everything was
 * delivered, or when `signal` aborts.
 *
 * @throws BuildNotFound, StoreUnavailable
 */
export async function* followBuild(
  id: string,
  { store, clock }: { store: FollowedStore; clock: Clock },
  options: FollowOptions = {},
): AsyncGenerator<FollowItem, Build> {
  const { signal, logs = true, platform, offsets, interval = 100 } = options;
  let after = options.after ?? 0;
  const positions = new Map<string, { log: LogId; offset: number }>();
  const newLines = (attempt: Omit<LogId, 'buildId'>): AsyncGenerator<FollowItem> | readonly FollowItem[] => {
    if (!logs || (platform !== undefined && platform !== attempt.platform)) return [];
    const key = attemptKey(attempt);
    const { platform: ofPlatform, attempt: number } = attempt;
    const position = positions.get(key) ?? {
      log: { buildId: id, platform: ofPlatform, attempt: number },
      offset: offsets?.get(key) ?? 0,
    };
    positions.set(key, position);
    return newText(store, position);
  };
  let build = await requireBuild(store, id);
  for (let polls = 1; ; polls += 1) {
    const seen = after;
    for (let more = true; more; ) {
      const events = await store.events({ buildId: id, after, limit: eventsAtOnce });
      for (const event of events) {
        after = event.sequence;
        // The output of an attempt comes before the event of its end.
        const ended = event.event.type === 'job.ended' ? event.event : undefined;
        if (ended !== undefined) yield* newLines(ended);
        yield { kind: 'event', event };
      }
      more = events.length === eventsAtOnce;
    }
    for (const log of logsOf(build)) yield* newLines(log);
    if (isEnded(build) || signal?.aborted) return build;
    if (after === seen) await clock.sleep(isClosing(build) ? Math.min(interval, closingInterval) : interval, signal);
    // Only events show that the build has changed. After the end event, everything about the build can be read.
    if (after !== seen || polls % pollsBetweenLoads === 0) build = await requireBuild(store, id);
  }
}

async function* newText(
  store: FollowedStore,
  position: { readonly log: LogId; offset: number },
): AsyncGenerator<FollowItem> {
  const { platform, attempt } = position.log;
  for await (const text of storedLog(store, position.log, position.offset)) {
    position.offset += Buffer.byteLength(text);
    yield { kind: 'log', platform, attempt, text };
  }
}

/** Whether all jobs have ended, and none waits for another attempt. */
function isClosing({ state, jobs }: Build): boolean {
  return state !== 'waiting' && jobs.every((job) => job.state !== 'pending' && lastAttempt(job)?.state === 'ended');
}

function logsOf(build: Build): readonly LogId[] {
  return build.jobs.flatMap((job) =>
    job.attempts.map(({ number }) => ({ buildId: build.id, platform: job.platform, attempt: number })),
  );
}
