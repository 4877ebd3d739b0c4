import type { BuildEvent } from '../../domain/build-event.ts';
import { shortCommit } from '../../domain/commit.ts';
import { terminatedExitCode } from '../../domain/phase.ts';
import { elapsed, megabytes } from './quantities.ts';
import { phaseLabel, shortDigest, stoppingReasons } from './words.ts';

/** An event as people read it; undefined for what is of no interest to them. Whose it is, the line's prefix says. */
export function eventSentence(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'build.created':
      return `begins: ${event.recipe} at ${shortCommit(event.commit)} for ${event.platforms.join(', ')}`;
    case 'build.retried':
      return event.platforms.length === 0
        ? 'retried: publishes again'
        : `retried: builds ${event.platforms.join(', ')} again`;
    case 'build.cancel-requested':
      return 'is being cancelled';
    case 'build.cancelled':
      return 'cancelled';
    case 'build.failed':
      return `failed: ${event.failure.message}`;
    case 'build.published':
      return 'published';
    case 'build.promoted':
      return `tag ${event.tag} is ${shortDigest(event.digest)}`;

    case 'job.intended':
      return `attempt ${event.attempt} is sent`;
    case 'job.send-unknown':
      return `not known whether the job was taken: ${event.reason}`;
    case 'job.resent':
      return `attempt ${event.attempt} is sent once more`;
    case 'job.queued':
      return event.adopted ? 'job was there already: goes on with it' : 'job is queued';
    case 'job.waiting':
      return `job waits: ${event.reason}`;
    case 'job.started':
      return 'job runs';
    case 'job.phase':
      return event.status === 'begin' ? phaseBegins(event) : phaseEnds(event);
    case 'job.note':
      return event.text;
    case 'job.restarted':
      return runsAnew(event.reason);
    case 'job.missing':
      return 'job cannot be found at the moment';
    case 'job.found':
      return 'job is there again';
    case 'job.stopping':
      return `job is being stopped: ${stoppingReasons[event.why]}`;
    case 'job.ended':
      return jobEnded(event);
    case 'job.duplicate-terminated':
      return `a duplicate of the job was terminated: ${event.backendId}`;
    case 'job.released':
      return undefined;
    case 'job.succeeded':
      return `images read back: ${event.images.map(({ image, size }) => `${image} ${megabytes(size)}`).join(', ')}`;
    case 'job.failed':
      return `failed: ${event.failure.message}`;
    case 'job.attempt-failed':
      return `will be tried again: ${event.failure.message}`;
    case 'job.stopped':
      return 'stopped';

    case 'publish.started':
      return 'every platform is built and checked: publishes';
    case 'publish.planned':
      return undefined;
    case 'publish.tag-put':
      return `tag ${event.tag} is ${shortDigest(event.digest)}`;
    case 'publish.tag-kept':
      return `tag ${event.tag} stays on a later build, ${shortDigest(event.digest)}`;
    case 'publish.refused':
      return `cannot publish: ${event.failure.message}`;
    case 'publish.tag-reverted':
      return `tag ${event.tag} is back where it was`;
    case 'publish.waiting':
      return `waits with publishing: ${event.reason}`;
  }
}

/** @param reason what ended the run before, in the backend's words */
export function runsAnew(reason: string): string {
  return `job runs anew: the run before ended with ${reason}`;
}

type NamedPhase = Parameters<typeof phaseLabel>[0];

export function phaseBegins(phase: NamedPhase): string {
  return `${phaseLabel(phase)} begins`;
}

export function phaseEnds(phase: NamedPhase & { readonly exitCode?: number | undefined }, seconds?: number): string {
  const how = phase.exitCode ? howItFails(phase.exitCode) : 'ends';
  return `${phaseLabel(phase)} ${how}${seconds === undefined ? '' : ` after ${elapsed(seconds)}`}`;
}

function howItFails(exitCode: number): string {
  return exitCode === terminatedExitCode ? 'is stopped' : `fails with exit code ${exitCode}`;
}

function jobEnded({ result, exitCode }: Extract<BuildEvent, { type: 'job.ended' }>): string | undefined {
  if (result === 'succeeded') return 'job ended well: its images are read back';
  if (result === 'stopped') return undefined;
  return exitCode === undefined ? 'job ended without an exit code' : `job ended with exit code ${exitCode}`;
}
