import { type Build, isEnded } from '../domain/build.ts';
import { reasonOf } from '../errors/twinhull-error.ts';
import type { Lease } from '../ports/build-store.ts';
import { BuildSession, endsSession } from './build-session.ts';
import { type Action, type AttemptNews, decide } from './decide.ts';
import type { DriverParts } from './driver-parts.ts';
import type { LogCollector } from './log-collector.ts';
import { Performer } from './perform.ts';

export interface AdvanceContext {
  readonly news: ReadonlyMap<string, AttemptNews>;
  /** When the look that brought the news began. That a job was not seen is evidence as of then, however long the effects take. */
  readonly now: number;
  readonly freeSlots: number;
  readonly lease: Lease;
  readonly logs: LogCollector;
  /** Aborts when the driver is to end. */
  readonly signal: AbortSignal;
}

/**
 * Takes one build as far as it goes with what was seen: decide, act, record, and again until nothing changes.
 *
 * @returns the build as it is stored now
 * @throws LeaseLost, BuildConflict when it is no longer ours to change; StoreUnavailable
 */
export async function advance(build: Build, parts: DriverParts, context: AdvanceContext): Promise<Build> {
  const session = new BuildSession(build, { ...parts, lease: context.lease });
  const performer = new Performer(session, parts, context.logs, context.signal);
  let { freeSlots } = context;
  for (;;) {
    const { version } = session.build;
    followLogs(session.build, context.logs);
    const actions = decide(session.build, {
      ...context,
      freeSlots,
      policy: decidePolicy(parts),
    });
    freeSlots -= actions.filter((action) => action.do === 'submit' && !action.again).length;
    await performAll(actions, performer, session, parts);
    if (session.build.version === version) return session.build;
  }
}

/** Records first, so that an intent is stored before its effect; then the effects, side by side. */
async function performAll(
  actions: readonly Action[],
  performer: Performer,
  session: BuildSession,
  parts: DriverParts,
): Promise<void> {
  for (const action of actions) if (action.do === 'record') await performer.perform(action);
  const effects = actions.filter((action) => action.do !== 'record');
  const results = await Promise.allSettled(effects.map((action) => performer.perform(action)));
  const lost = results.find((result) => result.status === 'rejected' && endsSession(result.reason));
  if (lost?.status === 'rejected') throw lost.reason;
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    const what = effects[index]?.do ?? 'act';
    parts.reporter.warning(
      `build ${session.build.id}: could not ${what} yet: ${reasonOf(result.reason)}`,
      result.reason,
      { buildId: session.build.id },
    );
  }
}

function followLogs(build: Build, logs: LogCollector): void {
  if (isEnded(build)) return;
  for (const { platform, attempts } of build.jobs) {
    const attempt = attempts.at(-1);
    if (attempt?.backendId === undefined || attempt.state !== 'running') continue;
    logs.follow({ buildId: build.id, platform, attempt: attempt.number }, attempt.backendId);
  }
}

function decidePolicy({ backend, policy }: DriverParts) {
  return {
    maxAttempts: policy.maxAttempts,
    retryDelayMilliseconds: policy.retryDelayMilliseconds,
    settleMilliseconds: backend.features.settleMilliseconds,
  };
}
