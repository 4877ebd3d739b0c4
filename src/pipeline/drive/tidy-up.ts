import type { Attempt } from '../../domain/build.ts';
import type { Platform } from '../../domain/platform.ts';
import { act, combine, type DecideContext, type Decision, nothing, record, waitFor } from './decision.ts';
import { mayTurnUp } from './may-turn-up.ts';

/** What remains to be done about an attempt apart from its progress, in any state of its build. Pure. */
export function tidyUp(platform: Platform, attempt: Attempt, context: DecideContext): Decision {
  const { observations, now, policy } = context;
  if (attempt.released) return nothing;
  const at = { platform, attempt: attempt.number };
  const lookUp = mayTurnUp(attempt, now, policy.settleMilliseconds) ? waitFor(policy.intervalMilliseconds) : nothing;
  if (attempt.uncertain && (attempt.backendId !== undefined || attempt.state === 'ended')) {
    const named = observations.get(attempt.name)?.named;
    const others = named?.filter(
      (handle) => handle.id !== attempt.backendId && !attempt.duplicates.includes(handle.id),
    );
    if (others !== undefined && others.length > 0) {
      const terminated = others.map((handle) => act({ do: 'terminate-duplicate', ...at, backendId: handle.id }));
      return combine([lookUp, ...terminated]);
    }
    const settled = others !== undefined && now - attempt.sentAt >= policy.settleMilliseconds;
    if (!settled) return lookUp;
  }
  if (attempt.state !== 'ended') return lookUp;
  if (attempt.backendId === undefined) return record({ type: 'job.released', ...at });
  return act({ do: 'release', ...at, backendId: attempt.backendId });
}
