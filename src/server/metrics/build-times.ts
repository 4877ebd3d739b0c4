import type { Attempt, Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { Meters } from './meters.ts';

/**
 * Measures builds and jobs from their events. Call it once per event, in the process that recorded it, so that sums
 * over replicas count nothing twice.
 *
 * @param build the state after these events
 */
export function measureEvents(build: Build, events: readonly BuildEvent[], meters: Meters): void {
  for (const event of events) measureEvent(build, event, meters);
}

function measureEvent(build: Build, event: BuildEvent, meters: Meters): void {
  switch (event.type) {
    case 'job.started': {
      const { platform } = event;
      const queued = event.startedAt - (attemptOf(build, event)?.intendedAt ?? event.startedAt);
      meters.observe('twinhull_job_queue_seconds', { platform }, seconds(queued));
      return;
    }
    case 'job.ended': {
      const { platform, result: outcome } = event;
      const startedAt = attemptOf(build, event)?.startedAt;
      if (startedAt !== undefined) {
        meters.observe('twinhull_job_run_seconds', { platform, outcome }, seconds(event.finishedAt - startedAt));
      }
      for (const span of event.phases) {
        if (span.seconds === undefined || span.exitCode === undefined) continue;
        const labels = { platform, phase: span.phase, outcome: span.exitCode === 0 ? 'succeeded' : 'failed' };
        meters.observe('twinhull_job_phase_seconds', labels, span.seconds);
      }
      return;
    }
    case 'job.attempt-failed':
    case 'job.failed': {
      const { platform, failure } = event;
      const retried = event.type === 'job.attempt-failed' ? 'yes' : 'no';
      meters.count('twinhull_job_failures_total', { platform, code: failure.code, retried });
      return;
    }
    case 'build.published':
    case 'build.failed':
    case 'build.cancelled':
    case 'build.superseded': {
      const { state, createdAt, finishedAt = createdAt, jobs } = build;
      meters.count('twinhull_builds_ended_total', { state });
      // The time until the user retried is not part of the build's own time.
      if (jobs.some(({ firstAttempt }) => firstAttempt > 1)) return;
      meters.observe('twinhull_build_duration_seconds', { state }, seconds(finishedAt - createdAt));
      return;
    }
    default:
      return;
  }
}

function attemptOf({ jobs }: Build, at: { readonly platform: string; readonly attempt: number }): Attempt | undefined {
  const job = jobs.find(({ platform }) => platform === at.platform);
  return job?.attempts.find(({ number }) => number === at.attempt);
}

/** The backend's clock may differ slightly from ours. */
function seconds(milliseconds: number): number {
  return Math.max(0, milliseconds) / 1000;
}
