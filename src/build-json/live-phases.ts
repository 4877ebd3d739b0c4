import { type Attempt, type Build, isEnded } from '../domain/build.ts';
import type { BuildEvent, RecordedEvent } from '../domain/build-event.ts';
import type { PhaseSpan } from '../domain/failure.ts';
import type { Platform } from '../domain/platform.ts';
import type { BuildStore } from '../ports/build-store.ts';

const page = 1_000;

/** The build for display, including the phases of running attempts. @throws StoreUnavailable */
export async function shownBuild(store: BuildStore, build: Build): Promise<Build> {
  return isEnded(build) ? build : withLivePhases(build, await eventsOf(store, build.id));
}

async function eventsOf(store: BuildStore, buildId: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (;;) {
    const some = await store.events({ buildId, after: events.at(-1)?.sequence ?? 0, limit: page });
    events.push(...some);
    if (some.length < page) return events;
  }
}

/** A build's attempts get their phases when they end; the phases of running attempts come from its events. */
export function withLivePhases(build: Build, events: readonly RecordedEvent[]): Build {
  const jobs = build.jobs.map((job) => ({
    ...job,
    attempts: job.attempts.map((attempt) =>
      attempt.state === 'running' ? { ...attempt, phases: phasesOf(job.platform, attempt, events) } : attempt,
    ),
  }));
  return { ...build, jobs };
}

function phasesOf(
  platform: Platform,
  { number, startedAt }: Attempt,
  events: readonly RecordedEvent[],
): readonly PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  for (const { event, at } of events) {
    if (!('attempt' in event) || event.platform !== platform || event.attempt !== number) continue;
    // Phases of a run that the backend gave up and restarted no longer matter.
    if (event.type === 'job.restarted') spans.length = 0;
    if (event.type === 'job.cache') addCache(spans, event);
    if (event.type !== 'job.phase') continue;
    const { phase, image, exitCode } = event;
    const seconds = hundredths(at - (startedAt ?? at));
    if (event.status === 'begin') {
      spans.push({ phase, image, startSeconds: seconds });
      continue;
    }
    const index = spans.findLastIndex(
      (span) => span.phase === phase && span.image === image && span.seconds === undefined,
    );
    const span = spans[index];
    if (span !== undefined)
      spans[index] = { ...span, seconds: hundredths((seconds - span.startSeconds) * 1000), exitCode };
  }
  return spans;
}

function addCache(
  spans: PhaseSpan[],
  { image, outcome, cached, steps }: Extract<BuildEvent, { type: 'job.cache' }>,
): void {
  const index = spans.findLastIndex((span) => span.phase === 'build' && span.image === image);
  const span = spans[index];
  if (span !== undefined) spans[index] = { ...span, cache: { outcome, cached, steps } };
}

function hundredths(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds / 10) / 100);
}
