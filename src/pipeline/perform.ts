import { jobEnvironment } from '../builder/job-environment.ts';
import type { Attempt } from '../domain/build.ts';
import type { BuildEvent } from '../domain/build-event.ts';
import type { Failure } from '../domain/failure.ts';
import { buildSecretsOf, type Plan, plannedJob } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';
import type { JobObservation, JobRequest } from '../ports/job-backend.ts';
import { type BuildSession, endsSession } from './build-session.ts';
import { againOnConflict, requireBuild } from './change-build.ts';
import type { Action } from './decide.ts';
import type { DriverParts } from './driver-parts.ts';
import { explainFailure } from './explain-failure.ts';
import type { LogCollector } from './log-collector.ts';
import { publish, revertTags } from './publish.ts';
import { readBackImages } from './read-back.ts';

/** Errors after which nobody knows whether a job was started. */
const unreachable: ReadonlySet<ErrorCode> = new Set(['EngineUnreachable', 'BackendUnreachable']);

/** Carries out what `decide` decided for one build, and records what came of it. */
export class Performer {
  readonly #session: BuildSession;
  readonly #parts: DriverParts;
  readonly #logs: LogCollector;
  readonly #signal: AbortSignal;
  #plan: Promise<Plan> | undefined;

  /** @param signal once it aborts, no job is submitted any more */
  constructor(session: BuildSession, parts: DriverParts, logs: LogCollector, signal: AbortSignal) {
    this.#session = session;
    this.#parts = parts;
    this.#logs = logs;
    this.#signal = signal;
  }

  async perform(action: Action): Promise<void> {
    const { backend } = this.#parts;
    switch (action.do) {
      case 'record':
        return this.#session.record(action.event);
      case 'submit':
        return this.#submit(action);
      case 'terminate':
        return backend.terminate(action.backendId, action.reason);
      case 'terminate-duplicate': {
        const { platform, attempt, backendId } = action;
        await backend.terminate(backendId, 'another job of the same name is already at work');
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

  async #submit({ platform, attempt, name, again }: Extract<Action, { do: 'submit' }>): Promise<void> {
    const at = { platform, attempt };
    // Before the intent: of what still waits for its turn it is known that nothing was sent.
    await this.#parts.backend.readyToSubmit?.(this.#signal);
    const request = await this.#jobRequest(platform, attempt, name);
    if (this.#signal.aborted) return;
    await this.#session.record(again ? { type: 'job.resent', ...at } : { type: 'job.intended', ...at, name });
    const outcome = await this.#send(at, request);
    try {
      await this.#session.record(outcome);
    } catch (error) {
      if (TwinhullError.is(error, 'LeaseLost') && outcome.type !== 'job.ended') await this.#tellOfLateSend(at);
      if (TwinhullError.is(error, 'BuildConflict') && outcome.type === 'job.queued')
        await this.#session.recordAnew(outcome);
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
   * Whoever took the lease over may long have given this send up, and sent another job under the same name. That a job
   * may turn up late is not for the lease's holder alone to say: once it is recorded, the holder looks for it anew.
   */
  #tellOfLateSend(at: { platform: Platform; attempt: number }): Promise<void> {
    const { store, clock } = this.#parts;
    return againOnConflict(async () => {
      const build = await requireBuild(store, this.#session.build.id);
      await store.append(build, [{ type: 'job.resent', ...at }], clock.now());
    });
  }

  /** A backend that said no started nothing. After any other error nobody knows, so that the name has to be looked up. */
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
    const { id } = this.#session.build;
    const { jobOptions } = this.#parts.policy;
    return {
      name,
      platform,
      buildId: id,
      attempt,
      environment: jobEnvironment(plan, platform, { ...jobOptions, buildId: id }),
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
    if (known?.state === 'succeeded') return this.#session.record({ ...end, result: 'succeeded' });
    const why = attempt.stopping?.why;
    if (why === 'cancelled' || why === 'sibling-failed') return this.#session.record({ ...end, result: 'stopped' });
    const { timeouts } = this.#session.build;
    return this.#session.record({
      ...end,
      result: 'failed',
      failure: explainFailure({ platform, attempt, job, report, timeouts }),
    });
  }

  async #readBack(platform: Platform, attempt: Attempt): Promise<void> {
    try {
      const plan = await this.#loadPlan();
      const registry = this.#parts.registryFor(plan.destination.repository);
      const images = await readBackImages(plannedJob(plan, platform), attempt.jobKey ?? '', registry);
      await this.#session.record({ type: 'job.succeeded', platform, images });
    } catch (error) {
      const since = attempt.finishedAt ?? this.#parts.clock.now();
      const failure = this.#failureForGood(error, since, 'VerifyFailed');
      if (failure !== undefined) {
        return this.#session.record({ type: 'job.failed', platform, failure: { ...failure, platform } });
      }
      // A cancel need not wait for the registry: a retry builds this half anew.
      const isCancelled = this.#session.build.cancelRequestedAt !== undefined;
      if (isCancelled && TwinhullError.is(error, 'RegistryUnreachable')) {
        return this.#session.record({ type: 'job.stopped', platform });
      }
      await this.#waitOrThrow(error);
    }
  }

  async #publish(): Promise<void> {
    const plan = await this.#loadPlan();
    const registry = this.#parts.registryFor(plan.destination.repository);
    const since = this.#session.build.updatedAt;
    try {
      await publish(this.#session, { store: this.#parts.store, registry, plan });
    } catch (error) {
      const failure = this.#failureForGood(error, since, 'PublishFailed');
      if (failure === undefined) return this.#waitOrThrow(error);
      // Recorded before the first tag goes back: a crash in between must not end in publishing after all.
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
        stay.length === 0 ? 'no tag of this build stays' : `these tags of this build stay: ${stay.join(', ')}`;
      const doubt = unknown.length === 0 ? '' : `; these could not be looked up: ${unknown.join(', ')}`;
      const message = `${failure.message}; ${left}${doubt}`;
      await this.#session.record({ type: 'build.failed', failure: { ...failure, message } });
    } catch (error) {
      await this.#waitOrThrow(error);
    }
  }

  /** Undefined when the error may pass by itself and patience has not run out, or when it is not about the build. */
  #failureForGood(error: unknown, since: number, code: Failure['code']): Failure | undefined {
    if (endsSession(error)) return undefined;
    const ours = TwinhullError.is(error)
      ? error
      : new TwinhullError('InternalError', reasonOf(error), { cause: error });
    const mayPass = ours.code === 'RegistryUnreachable' || !TwinhullError.is(error);
    if (mayPass && this.#isPatient(since)) return undefined;
    return { code, message: ours.message, hint: ours.hint, infrastructure: ours.retryable };
  }

  #isPatient(since: number): boolean {
    return this.#parts.clock.now() - since < this.#parts.policy.registryPatienceMilliseconds;
  }

  /** A registry that does not answer is asked again in the next pass; that we wait for it is recorded once, in one's words. */
  async #waitOrThrow(error: unknown): Promise<void> {
    if (!TwinhullError.is(error, 'RegistryUnreachable')) throw error;
    if (this.#session.build.waitingFor !== undefined) return;
    await this.#session.record({ type: 'publish.waiting', reason: error.message });
  }

  #loadPlan(): Promise<Plan> {
    this.#plan ??= this.#parts.store.loadPlan(this.#session.build.id);
    return this.#plan;
  }
}
