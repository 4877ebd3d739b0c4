import type { BuildEvent } from '../../domain/build-event.ts';
import type { CacheUse } from '../../domain/cache-use.ts';
import { shortCommit } from '../../domain/commit.ts';
import { terminatedExitCode } from '../../domain/phase.ts';
import { describeOwner } from '../../domain/tag-ownership.ts';
import { elapsed, megabytes } from './quantities.ts';
import { phaseLabel, shortDigest, stoppingReasons } from './words.ts';

/** An event as a sentence; undefined when it does not interest users. The prefix of the line names the build or job. */
export function eventSentence(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'build.created':
      return `started: ${event.recipe} at ${shortCommit(event.commit)} for ${event.platforms.join(', ')}`;
    case 'build.retried':
      return retried(event);
    case 'build.waiting':
      return `waiting for build ${event.behind}`;
    case 'build.started':
      return 'no build ahead: building';
    case 'build.cancel-requested':
      return cancelRequested(event);
    case 'build.superseded':
      return `superseded by build ${event.supersededBy}`;
    case 'build.cancelled':
      return 'cancelled';
    case 'build.failed':
    case 'job.failed':
      return `failed: ${event.failure.message}`;
    case 'build.tags-appeared':
      return `new at the destination, but not pushed by this build: ${event.tags.join(', ')}`;
    case 'build.published':
      return 'published';
    case 'build.promoted':
    case 'publish.tag-put':
      return `tag ${event.tag} is ${shortDigest(event.digest)}`;

    case 'job.intended':
      return `attempt ${event.attempt} submitted`;
    case 'job.send-unknown':
      return `result of the submission unknown: ${event.reason}`;
    case 'job.resent':
      return `attempt ${event.attempt} submitted again`;
    case 'job.queued':
      return event.adopted ? 'existing job found: continuing it' : 'job queued';
    case 'job.waiting':
      return `job waiting: ${event.reason}`;
    case 'job.started':
      return 'job runs';
    case 'job.phase':
      return event.status === 'begin' ? phaseBegins(event) : phaseEnds(event);
    case 'job.note':
      return event.text;
    case 'job.cache':
      return cacheSentence(event.image, event);
    case 'job.restarted':
      return restartSentence(event.reason);
    case 'job.missing':
      return 'job not found in its backend';
    case 'job.found':
      return 'job found again';
    case 'job.stopping':
      return `stopping the job: ${stoppingReasons[event.why]}`;
    case 'job.ended':
      return jobEnded(event);
    case 'job.duplicate-terminated':
      return `duplicate of the job terminated: ${event.backendId}`;
    case 'job.commit':
    case 'job.released':
    case 'publish.planned':
      return undefined;
    case 'job.succeeded':
      return `images read back: ${event.images.map(({ image, size }) => `${image} ${megabytes(size)}`).join(', ')}`;
    case 'job.attempt-failed':
      return `retrying: ${event.failure.message}`;
    case 'job.stopped':
      return 'stopped';

    case 'publish.started':
      return 'all platforms verified; publishing';
    case 'publish.tag-taken':
      return `tag ${event.tag} taken over from ${event.previousOwner ? describeOwner(event.previousOwner) : 'an unknown owner'}`;
    case 'publish.tag-kept':
      return `tag ${event.tag} stays on a later build, ${shortDigest(event.digest)}`;
    case 'publish.refused':
      return `cannot publish: ${event.failure.message}`;
    case 'publish.tag-reverted':
      return `tag ${event.tag} rolled back`;
    case 'publish.waiting':
      return `publishing is waiting: ${event.reason}`;
  }
}

/** @param reason why the previous run ended, as the backend reports it */
export function restartSentence(reason: string): string {
  return `job restarted; previous run ended with ${reason}`;
}

/** What the build of an image took from its layer cache. */
export function cacheSentence(image: string, { outcome, cached, steps }: CacheUse): string {
  const state = { used: '', absent: '; no layer cache yet', broken: '; layer cache broken' }[outcome];
  return `${image}: ${cached} of ${steps} steps cached${state}`;
}

type NamedPhase = Parameters<typeof phaseLabel>[0];

/** The line for the begin of a phase. */
export function phaseBegins(phase: NamedPhase): string {
  return `${phaseLabel(phase)} begins`;
}

/** The line for the end of a phase. @param seconds its duration, left out if unknown */
export function phaseEnds(phase: NamedPhase & { readonly exitCode?: number | undefined }, seconds?: number): string {
  const how = phase.exitCode ? howItFails(phase.exitCode) : 'ends';
  return `${phaseLabel(phase)} ${how}${seconds === undefined ? '' : ` after ${elapsed(seconds)}`}`;
}

function howItFails(exitCode: number): string {
  return exitCode === terminatedExitCode ? 'is stopped' : `failed with exit code ${exitCode}`;
}

function jobEnded({ result, exitCode }: Extract<BuildEvent, { type: 'job.ended' }>): string | undefined {
  if (result === 'succeeded') return 'job succeeded; reading its images back';
  if (result === 'stopped') return undefined;
  return exitCode === undefined ? 'job ended without an exit code' : `job ended with exit code ${exitCode}`;
}

function retried({ platforms }: Extract<BuildEvent, { type: 'build.retried' }>): string {
  return platforms.length === 0 ? 'retried: publishing again' : `retried: building ${platforms.join(', ')} again`;
}

function cancelRequested({ supersededBy }: Extract<BuildEvent, { type: 'build.cancel-requested' }>): string {
  return supersededBy === undefined ? 'is being cancelled' : `is being cancelled: superseded by build ${supersededBy}`;
}
