import { type Build, isEnded } from '../../domain/build.ts';
import { reasonOf } from '../../domain/errors/twinhull-error.ts';
import type { Lease } from '../../ports/build-store.ts';
import { BuildSession, endsSession } from '../build-session.ts';
import type { DestinationWatch } from '../destination-watch.ts';
import type { LogCollector } from '../logs/log-collector.ts';
import { type Action, effectKey } from './action.ts';
import { decide } from './decide.ts';
import type { DecideContext, DecidePolicy } from './decision.ts';
import type { DriverParts } from './driver-parts.ts';
import type { EffectBackoff } from './effect-backoff.ts';
import { Performer } from './perform.ts';

/** What one pass knows about one build. */
export interface AdvanceContext extends Omit<DecideContext, 'policy' | 'heldUntil'> {
  /**
   * When the poll that returned the observations began: a missing job is evidence as of then, however long the effects
   * take.
   */
  readonly now: number;
  readonly lease: Lease;
  readonly logs: LogCollector;
  readonly destinations: DestinationWatch;
  readonly backoff: EffectBackoff;
  /** Aborts when the driver is to stop. */
  readonly signal: AbortSignal;
}

/** The result of one pass over one build. */
export interface Advanced {
  /** The build as it is stored now. */
  readonly build: Build;
  /** As in `Decision`, from the `now` of the context. */
  readonly requeueAfter: number;
}

/**
 * Advances one build as far as the observations allow: decide, act, record, repeated until nothing changes.
 *
 * @throws LeaseLost, BuildConflict when this driver may no longer change it; StoreUnavailable
 */
export async function advance(build: Build, parts: DriverParts, context: AdvanceContext): Promise<Advanced> {
  const session = new BuildSession(build, { ...parts, lease: context.lease });
  const performer = new Performer(session, parts, context);
  const policy = decidePolicy(parts);
  let { freeSlots } = context;
  const next = () =>
    decide(session.build, { ...context, freeSlots, policy, heldUntil: context.backoff.heldUntil(build.id) });
  for (;;) {
    const { version } = session.build;
    followLogs(session.build, context.logs);
    const { actions } = next();
    freeSlots -= actions.filter((action) => action.do === 'submit' && !action.again).length;
    await performAll(actions, performer, session, parts, context.backoff);
    // Effects that failed just now are held back.
    if (session.build.version === version) return { build: session.build, requeueAfter: next().requeueAfter };
  }
}

/** Records first, so that an intent is stored before its effect; then runs the effects concurrently. */
async function performAll(
  actions: readonly Action[],
  performer: Performer,
  session: BuildSession,
  { clock, reporter }: DriverParts,
  backoff: EffectBackoff,
): Promise<void> {
  for (const action of actions) if (action.do === 'record') await performer.perform(action);
  const effects = actions.filter((action) => action.do !== 'record');
  const results = await Promise.allSettled(effects.map((action) => performer.perform(action)));
  const lost = results.find((result) => result.status === 'rejected' && endsSession(result.reason));
  if (lost?.status === 'rejected') throw lost.reason;
  const { build } = session;
  for (const [index, action] of effects.entries()) {
    const result = results[index];
    const effect = effectKey(action);
    if (effect === undefined) continue;
    if (result?.status !== 'rejected') backoff.succeeded(build.id, effect);
    else if (backoff.failed(build, effect, result.reason, clock.now())) {
      const text = `build ${build.id}: ${effectNames[action.do]} failed, and is repeated: ${reasonOf(result.reason)}`;
      reporter.warning(text, result.reason, { buildId: build.id });
    }
  }
}

const effectNames: Readonly<Record<Exclude<Action['do'], 'record'>, string>> = {
  submit: 'submitting a job',
  terminate: 'terminating a job',
  'terminate-duplicate': 'terminating a duplicate job',
  end: 'reading the end of a job',
  release: 'releasing a job',
  'read-back': 'reading the images back',
  publish: 'publishing',
  revert: 'putting tags back',
};

function followLogs(build: Build, logs: LogCollector): void {
  if (isEnded(build)) return;
  for (const { platform, attempts } of build.jobs) {
    const attempt = attempts.at(-1);
    if (attempt?.backendId === undefined || attempt.state !== 'running') continue;
    logs.follow({ buildId: build.id, platform, attempt: attempt.number }, attempt.backendId);
  }
}

function decidePolicy({ backend, policy }: DriverParts): DecidePolicy {
  return { ...policy, settleMilliseconds: backend.features.settleMilliseconds };
}
