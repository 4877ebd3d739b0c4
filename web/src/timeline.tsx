import type { JSX } from 'preact';
import type { Attempt, Build, BuildEstimate, BuildEvent, Job } from './api.ts';
import { duration, hasEnded, now, suffix } from './text.ts';
import { ticks } from './ticks.ts';

interface Span {
  readonly kind: string;
  readonly image?: string | null;
  readonly label: string;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
}

interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
}

/** What each half did when, as lanes of one time axis. */
export function lanesOf(build: Build, events: readonly BuildEvent[], current: number): readonly Lane[] {
  const jobs = build.jobs.map((job) => ({ name: suffix(job.platform), spans: spansOf(job, build, events, current) }));
  const started = events.findLast(({ event }) => event.type === 'publish.started');
  if (started === undefined) return jobs;
  const to = build.finishedAt === null ? current : Date.parse(build.finishedAt);
  const label = build.state === 'published' ? 'published' : 'publication';
  const failed = build.state === 'failed';
  return [...jobs, { name: 'publish', spans: [{ kind: 'publish', label, from: Date.parse(started.at), to, failed }] }];
}

function spansOf(job: Job, build: Build, events: readonly BuildEvent[], current: number): readonly Span[] {
  return job.attempts.flatMap((attempt) => {
    const intended = events.find(
      ({ event }) =>
        event.type === 'job.intended' && event['platform'] === job.platform && event['attempt'] === attempt.number,
    );
    const asked = Date.parse(intended?.at ?? build.createdAt);
    const end = Date.parse(attempt.finishedAt ?? build.finishedAt ?? new Date(current).toISOString());
    if (attempt.startedAt === null) return [span('wait', 'waiting', asked, Math.max(asked, end), attempt)];
    const start = Date.parse(attempt.startedAt);
    const phases = attempt.phases.map(({ phase, image, startSeconds, seconds, exitCode, cache }) => {
      const from = start + startSeconds * 1000;
      const to = seconds === null ? end : from + seconds * 1000;
      const cached = cache ? `, ${String(cache.cached)} of ${String(cache.steps)} steps cached` : '';
      const label = image === null ? phase : `${phase} ${image}${cached}`;
      return { kind: phase, image, label, from, to: Math.max(from, to), failed: exitCode !== null && exitCode !== 0 };
    });
    const first = phases[0]?.from ?? end;
    return [
      span('wait', 'waiting', asked, start, attempt),
      span('start', 'starting', start, first, attempt),
      ...phases,
    ];
  });
}

function span(kind: string, label: string, from: number, to: number, { failure, startedAt }: Attempt): Span {
  return { kind, label, from, to, failed: kind === 'wait' && startedAt === null && failure !== null };
}

export interface TimelineProps {
  readonly build: Build;
  readonly events: readonly BuildEvent[];
  /** How long earlier builds took, for a build that has not ended. */
  readonly estimate?: BuildEstimate | undefined;
}

export function Timeline({ build, events, estimate }: TimelineProps): JSX.Element {
  const current = hasEnded(build.state) ? Date.parse(build.finishedAt ?? build.updatedAt) : now.value;
  const lanes = lanesOf(build, events, current);
  const all = lanes.flatMap(({ spans }) => spans);
  const from = Math.min(Date.parse(build.createdAt), ...all.map((each) => each.from));
  const to = Math.max(from + 1000, ...all.map((each) => each.to));
  const percent = (at: number): string => `${String(((at - from) / (to - from)) * 100)}%`;
  return (
    <section class="card timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        Time{' '}
        <span class="quiet">
          {duration((to - from) / 1000)}
          {hasEnded(build.state) ? '' : usualText(estimate)}
        </span>
      </h2>
      <div class="lanes">
        {lanes.map((lane) => (
          <div class="lane" key={lane.name} data-lane={lane.name}>
            <span class="lane-name">{lane.name}</span>
            <ol class="track" aria-label={`Phases of ${lane.name}`}>
              {lane.spans
                .filter((each) => each.to > each.from)
                .map((each, at) => (
                  <li
                    key={at}
                    class={`span kind-${each.kind}${each.failed ? ' span-failed' : ''}`}
                    style={{
                      left: percent(each.from),
                      width: `${String(((each.to - each.from) / (to - from)) * 100)}%`,
                    }}
                    title={spanTitle(each, lane.name, estimate)}
                  >
                    <span>
                      {each.label}
                      <span class="hidden">, {duration((each.to - each.from) / 1000)}</span>
                    </span>
                  </li>
                ))}
            </ol>
          </div>
        ))}
        <div class="axis" aria-hidden="true">
          {ticks((to - from) / 1000).map((seconds) => (
            <span key={seconds} style={{ left: percent(from + seconds * 1000) }}>
              {duration(seconds)}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}

function usualText(estimate: BuildEstimate | undefined): string {
  const usual = estimate?.buildSeconds;
  if (usual == null) return '';
  return `, usually ${duration(usual.median)}; nine of ten take at most ${duration(usual.p90)}`;
}

/** With what the same stretch took in earlier builds. */
function spanTitle({ kind, image, label, from, to, failed }: Span, lane: string, estimate?: BuildEstimate): string {
  const job = estimate?.jobs.find(({ platform }) => suffix(platform) === lane);
  const usual =
    kind === 'wait'
      ? job?.waitingSeconds
      : job?.phases.find((each) => each.phase === kind && each.image === (image ?? null));
  const compared =
    usual == null ? '' : `, usually ${duration(usual.median)}; nine of ten take at most ${duration(usual.p90)}`;
  return `${label}: ${duration((to - from) / 1000)}${failed ? ', failed' : ''}${compared}`;
}
