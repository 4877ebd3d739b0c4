import type { Attempt } from '../../domain/build.ts';

/**
 * Whether an unknown job of the attempt's name may exist: a submitted job can be missing from lookups until the backend
 * settles. While a known one runs, lookups end after twice that time; one more follows at its end.
 *
 * @param sawEnd whether the poll shows the end of the known job, which is recorded only after it
 */
export function mayTurnUp(attempt: Attempt, now: number, settleMilliseconds: number, sawEnd = false): boolean {
  if (attempt.released) return false;
  if (attempt.state === 'intended' || !attempt.uncertain) return attempt.state === 'intended';
  return sawEnd || attempt.state === 'ended' || now - attempt.sentAt < 2 * settleMilliseconds;
}
