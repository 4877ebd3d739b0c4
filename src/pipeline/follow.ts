import { type Build, isEnded } from '../domain/build.ts';
import type { RecordedEvent } from '../domain/build-event.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildStore, LogId } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import { requireBuild } from './change-build.ts';

/** What a follower of a build sees, in order for each platform: its events, and its logs as they are stored. */
export type FollowItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'log'; readonly platform: Platform; readonly attempt: number; readonly text: string };

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Sequence of the last event already seen. @default 0, from the build's beginning */
  readonly after?: number;
  /** Whether logs are wanted too. @default true */
  readonly logs?: boolean;
  /** Only this platform's log. */
  readonly platform?: Platform | undefined;
}

/** How often the store is looked at, in milliseconds: the longest that a line is late. */
const interval = 100;

/**
 * Follows a build from whatever process, whoever drives it. Ends when the build has ended and all was delivered, or
 * when `signal` aborts.
 *
 * @throws BuildNotFound, StoreUnavailable
 */
export async function* followBuild(
  id: string,
  { store, clock }: { store: BuildStore; clock: Clock },
  options: FollowOptions = {},
): AsyncGenerator<FollowItem, Build> {
  const { signal, logs = true, platform } = options;
  let after = options.after ?? 0;
  const offsets = new Map<string, { log: LogId; offset: number }>();
  for (;;) {
    // Read before its events and logs: when it has ended here, everything that belongs to it is there to be read.
    const build = await requireBuild(store, id);
    for (;;) {
      const events = await store.events({ buildId: id, after, limit: 500 });
      for (const event of events) {
        after = event.sequence;
        yield { kind: 'event', event };
      }
      if (events.length < 500) break;
    }
    if (logs) {
      for (const log of logsOf(build, platform)) {
        const position = offsets.get(keyOf(log)) ?? { log, offset: 0 };
        offsets.set(keyOf(log), position);
        yield* newText(store, position);
      }
    }
    if (isEnded(build) || signal?.aborted) return build;
    await clock.sleep(interval, signal);
  }
}

async function* newText(store: BuildStore, position: { readonly log: LogId; offset: number }): AsyncGenerator<FollowItem> {
  const { platform, attempt } = position.log;
  for (;;) {
    const chunks = await store.readLog(position.log, position.offset, 16);
    for (const { text } of chunks) {
      position.offset += Buffer.byteLength(text);
      yield { kind: 'log', platform, attempt, text };
    }
    if (chunks.length < 16) return;
  }
}

function logsOf(build: Build, platform: Platform | undefined): readonly LogId[] {
  return build.jobs
    .filter((job) => platform === undefined || job.platform === platform)
    .flatMap((job) => job.attempts.map(({ number }) => ({ buildId: build.id, platform: job.platform, attempt: number })));
}

function keyOf({ platform, attempt }: LogId): string {
  return `${platform} ${String(attempt)}`;
}
