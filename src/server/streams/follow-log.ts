import { type Build, isEnded } from '../../domain/build.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { lookInterval, quietLooks } from './pace.ts';
import { StoredLogReader } from './read-log.ts';
import type { StreamItem } from './sse.ts';

/** One attempt's log after `offset`, as it is stored, until the attempt has ended or `signal` aborts. @throws StoreUnavailable */
export async function* followLog(
  log: LogId,
  offset: number,
  { store, clock }: { store: BuildStore; clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const reader = new StoredLogReader(store, log, offset);
  for (let looks = 1; !signal.aborted; looks += 1) {
    // Looked at before its log: when it has ended here, the whole log is there to be read.
    const over = isOver(await requireBuild(store, log.buildId), log);
    for await (const { text, next } of reader.read()) {
      yield { id: next, type: 'log', data: { text, next } };
      looks = 0;
    }
    if (over) {
      const { text, next } = reader.rest();
      if (text !== '' && next > offset) yield { id: next, type: 'log', data: { text, next } };
      yield 'end';
      return;
    }
    if (looks > 0 && looks % quietLooks === 0) yield 'quiet';
    await clock.sleep(lookInterval, signal);
  }
}

function isOver(build: Build, { platform, attempt }: LogId): boolean {
  if (isEnded(build)) return true;
  const job = build.jobs.find((each) => each.platform === platform);
  return job?.attempts.find(({ number }) => number === attempt)?.state === 'ended';
}
