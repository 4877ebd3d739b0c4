import { jobEnvironment } from '../../builder/job-environment.ts';
import type { Attempt } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { type ErrorCode, errorCatalogue } from '../../domain/errors/catalogue.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Failure } from '../../domain/failure.ts';
import { buildSecretsOf, type Plan, plannedJob } from '../../domain/plan.ts';
import type { Platform } from '../../domain/platform.ts';
import type { JobObservation, JobRequest } from '../../ports/job-backend.ts';
import { type BuildSession, type EndParts, endsSession, isEnd, recordAppeared, recordEnd } from '../build-session.ts';
import { againOnConflict, requireBuild } from '../change-build.ts';
import type { DestinationWatch } from '../destination-watch.ts';
import { explainFailure } from '../logs/explain-failure.ts';
import type { CollectedReport, LogCollector } from '../logs/log-collector.ts';
import { publish, revertTags } from '../publish/publish.ts';
import { pushedDigests, readBackImages } from '../publish/read-back.ts';
import type { Action } from './action.ts';
import type { DriverParts } from './driver-parts.ts';

/** Errors that leave unknown whether a job was started. */
const unreachable: ReadonlySet<ErrorCode> = new Set(['EngineUnreachable', 'BackendUnreachable']);

/** How long a registry may take to show what was just pushed to it, in milliseconds. */
const longestUnseen = 30_000;

function isMissing(error: unknown): error is TwinhullError {
  return TwinhullError.is(error, 'ImageNotPublished');
}
type EndOfJob = Omit<Extract<BuildEvent, { type: 'job.ended' }>, 'result'>;

/** What the effects of one pass share. */
export interface PerformContext {
  readonly logs: LogCollector;
  readonly destinations: DestinationWatch;
  /** Once it aborts, no more jobs are submitted. */
  readonly signal: AbortSignal;
}

/** Carries out what `decide` decided for one build, and records the results. */
export class Performer {
  readonly #session: BuildSession;
  readonly #parts: DriverParts;
  readonly #logs: LogCollector;
  readonly #endParts: EndParts;
  readonly #signal: AbortSignal;
  #plan: Promise<Plan> | undefined;

  constructor(session: BuildSession, parts: DriverParts, context: PerformContext) {
    this.#session = session;
    this.#parts = parts;
    this.#logs = context.logs;
    this.#endParts = { ...context, registryFor: parts.registryFor };
    this.#signal = context.signal;
  }

  async perform(action: Action): Promise<void> {
    const { backend } = this.#parts;
    switch (action.do) {
      case 'record':
        return this.#record(action.event);
      case 'submit':
        return this.#submit(action);
      case 'terminate':
        return backend.terminate(action.backendId, action.reason);
      case 'terminate-duplicate': {
        const { platform, attempt, backendId } = action;
        await backend.terminate(backendId, 'another job of the same name is already running');
        await backend.release(backendId);
        return this.#session.record({ type: 'job.duplicate-terminated', platform, attempt, backendId });
      }
      case 'end':
        return this.#end(action.platform, action.attempt, action.job);
      case 'release': {
        const { platform, attempt, backendId } = action;
        await backend.release(backendId);
        return this.#session.record({ type: 'job.released', platform, attempt });
      }
      case 'read-back':
        return this.#readBack(action.platform, action.attempt);
      case 'publish':
        return this.#publish();
      case 'revert':
        return this.#revert(action.failure);
    }
  }

  #record(event: BuildEvent): Promise<void> {
    return isEnd(event) ? recordEnd(this.#session, event, this.#endParts) : this.#session.record(event);
  }

  async #submit({ platform, attempt, name, again }: Extract<Action, { do: 'submit' }>): Promise<void> {
    const at = { platform, attempt };
    // Before the intent: a job that is still waiting for its turn is known not to have been submitted.
    await this.#parts.backend.readyToSubmit?.(this.#signal);
    const request = await this.#jobRequest(platform, attempt, name);
    const { build } = this.#session;
    await this.#endParts.destinations.begin(build, await this.#loadPlan(), this.#parts.registryFor(build.destination));
    if (this.#signal.aborted) return;
    await this.#session.record(again ? { type: 'job.resent', ...at } : { type: 'job.intended', ...at, name });
    const outcome = await this.#send(at, request);
    try {
      await this.#session.record(outcome);
    } catch (error) {
      if (TwinhullError.is(error, 'LeaseLost') && outcome.type !== 'job.ended') await this.#warnOfLateSend(at);
      if (TwinhullError.is(error, 'BuildConflict') && outcome.type === 'job.queued')
        await this.#session.recordOnLatest(outcome);
      throw error;
    }
  }

  async #send(at: { platform: Platform; attempt: number }, request: JobRequest): Promise<BuildEvent> {
    try {
      const handle = await this.#parts.backend.submit(request, { signal: this.#signal });
      return { type: 'job.queued', ...at, backendId: handle.id, adopted: false };
    } catch (error) {
      return this.#notSubmitted(at, error);
    }
  }

  /**
   * The next holder of the lease may have given up on this submit long ago, and submitted another job of the same name.
   * That a job may turn up late is recorded without the lease, so that the holder looks it up again.
   */
  #warnOfLateSend(at: { platform: Platform; attempt: number }): Promise<void> {
    const { store, clock } = this.#parts;
    return againOnConflict(async () => {
      const build = await requireBuild(store, this.#session.build.id);
      await store.append(build, [{ type: 'job.resent', ...at }], clock.now());
    });
  }

  /** A backend that refused started nothing. Any other error leaves that unknown, so the name has to be looked up. */
  #notSubmitted(at: { platform: Platform; attempt: number }, error: unknown): BuildEvent {
    if (!TwinhullError.is(error) || unreachable.has(error.code) || error.source === 'internal') {
      return { type: 'job.send-unknown', ...at, reason: reasonOf(error) };
    }
    const failure: Failure = {
      code: error.code,
      message: error.message,
      hint: error.hint,
      platform: at.platform,
      infrastructure: error.retryable,
    };
    return { type: 'job.ended', ...at, result: 'failed', finishedAt: this.#parts.clock.now(), phases: [], failure };
  }

  async #jobRequest(platform: Platform, attempt: number, name: string): Promise<JobRequest> {
    const plan = await this.#loadPlan();
    const { id, createdAt } = this.#session.build;
    const { jobOptions } = this.#parts.policy;
    return {
      name,
      platform,
      buildId: id,
      attempt,
      environment: jobEnvironment(plan, platform, { ...jobOptions, buildId: id, createdAt }),
      buildSecrets: buildSecretsOf([plannedJob(plan, platform)]),
      registryHost: plan.destination.repository.slice(0, plan.destination.repository.indexOf('/')),
      timeoutSeconds: plan.timeouts.runSeconds,
    };
  }

  async #end(platform: Platform, attempt: Attempt, job: JobObservation | 'gone'): Promise<void> {
    const log = { buildId: this.#session.build.id, platform, attempt: attempt.number };
    const report = await this.#logs.finish(log, job === 'gone' ? undefined : attempt.backendId);
    const ended = { type: 'job.ended', platform, attempt: attempt.number, phases: report.phases } as const;
    const known = job === 'gone' ? undefined : job;
    const end = { ...ended, finishedAt: known?.finishedAt ?? this.#parts.clock.now(), exitCode: known?.exitCode };
    if (known?.state === 'succeeded') return this.#endWell(end, known, report);
    const why = attempt.stopping?.why;
    if (why === 'cancelled' || why === 'sibling-failed') return this.#session.record({ ...end, result: 'stopped' });
    const { timeouts } = this.#session.build;
    return this.#session.record({
      ...end,
      result: 'failed',
      failure: explainFailure({ platform, attempt, job, report, timeouts }),
    });
  }

  /** A job whose log cannot be read yet stays as it is: its digests come from the log. */
  async #endWell(end: EndOfJob, job: JobObservation, report: CollectedReport): Promise<void> {
    const { platform } = end;
    const found = pushedDigests(plannedJob(await this.#loadPlan(), platform), report);
    if (found.kind === 'reported') {
      const bases = report.bases.size === 0 ? undefined : Object.fromEntries(report.bases);
      const programs = report.programs.size === 0 ? undefined : Object.fromEntries(report.programs);
      return this.#session.record({ ...end, result: 'succeeded', pushed: found.digests, bases, programs });
    }
    if (found.kind === 'by-tag') return this.#session.record({ ...end, result: 'succeeded' });
    const what = `the log of the ${platform} job ${job.name}`;
    const isCancelled = this.#session.build.cancelRequestedAt !== undefined;
    if (isCancelled) return this.#session.record({ ...end, result: 'stopped' });
    const why = found.mayCome ? 'could not be read to its end' : 'does not report what the job pushed';
    if (found.mayCome && this.#isPatient(end.finishedAt)) {
      return this.#failForNow(new TwinhullError('DigestsUnknown', `${what} ${why}`));
    }
    const { hint } = errorCatalogue.DigestsUnknown;
    const failure = {
      code: 'DigestsUnknown',
      message: `${what} ${why}`,
      hint,
      platform,
      infrastructure: true,
    } as const;
    return this.#session.record({ ...end, result: 'failed', failure });
  }

  async #readBack(platform: Platform, attempt: Attempt): Promise<void> {
    try {
      const plan = await this.#loadPlan();
      const registry = this.#parts.registryFor(plan.destination.repository);
      const images = await readBackImages(plannedJob(plan, platform), attempt, registry);
      await this.#session.record({ type: 'job.succeeded', platform, images });
    } catch (error) {
      const since = attempt.finishedAt ?? this.#parts.clock.now();
      const failure = this.#failureForGood(error, since, 'VerifyFailed');
      if (failure !== undefined) {
        return this.#session.record({ type: 'job.failed', platform, failure: { ...failure, platform } });
      }
      // A cancel need not wait for the registry: a retry rebuilds this half.
      const isCancelled = this.#session.build.cancelRequestedAt !== undefined;
      if (isCancelled && (isMissing(error) || TwinhullError.is(error, 'RegistryUnreachable'))) {
        return this.#session.record({ type: 'job.stopped', platform });
      }
      await this.#failForNow(error);
    }
  }

  async #publish(): Promise<void> {
    const plan = await this.#loadPlan();
    const registry = this.#parts.registryFor(plan.destination.repository);
    const since = this.#session.build.updatedAt;
    // Before any tag of this build is put.
    await recordAppeared(this.#session, this.#endParts);
    try {
      await publish(this.#session, { store: this.#parts.store, registry, plan });
      this.#endParts.destinations.end(this.#session.build);
    } catch (error) {
      const failure = this.#failureForGood(error, since, 'PublishFailed');
      if (failure === undefined) return this.#failForNow(error);
      // Recorded before the first tag goes back: after a crash in between, the build must not publish after all.
      await this.#session.record({ type: 'publish.refused', failure });
    }
  }

  async #revert(failure: Failure): Promise<void> {
    const { destination, updatedAt } = this.#session.build;
    try {
      const { stay, unknown } = await revertTags(
        this.#session,
        this.#parts.registryFor(destination),
        this.#isPatient(updatedAt),
      );
      const left =
        stay.length === 0 ? 'no tag of this build remains' : `these tags of this build remain: ${stay.join(', ')}`;
      const doubt = unknown.length === 0 ? '' : `; these could not be looked up: ${unknown.join(', ')}`;
      const message = `${failure.message}; ${left}${doubt}`;
      await this.#record({ type: 'build.failed', failure: { ...failure, message } });
    } catch (error) {
      await this.#failForNow(error);
    }
  }

  /** Undefined when the error may be transient and there is still time to wait, or when it is not about the build. */
  #failureForGood(error: unknown, since: number, code: Failure['code']): Failure | undefined {
    if (endsSession(error)) return undefined;
    const ours = TwinhullError.is(error)
      ? error
      : new TwinhullError('InternalError', reasonOf(error), { cause: error });
    const mayPass = ours.code === 'RegistryUnreachable' || !TwinhullError.is(error);
    if (mayPass && this.#isPatient(since)) return undefined;
    if (isMissing(error) && this.#parts.clock.now() - since < longestUnseen) return undefined;
    const itsOwn = ours.code === 'StagingTagMoved' ? ours.code : code;
    return { code: itsOwn, message: ours.message, hint: ours.hint, infrastructure: ours.retryable };
  }

  #isPatient(since: number): boolean {
    return this.#parts.clock.now() - since < this.#parts.policy.registryPatienceMilliseconds;
  }

  /** Records once that the build is waiting, and has the effect repeated. */
  async #failForNow(error: unknown): Promise<never> {
    const isWait = TwinhullError.is(error, 'RegistryUnreachable') || TwinhullError.is(error, 'DigestsUnknown');
    if ((isWait || isMissing(error)) && this.#session.build.waitingFor === undefined) {
      await this.#session.record({ type: 'publish.waiting', reason: error.message });
    }
    throw error;
  }

  #loadPlan(): Promise<Plan> {
    this.#plan ??= this.#parts.store.loadPlan(this.#session.build.id);
    return this.#plan;
  }
}
