import { type Clock, systemClock } from '../../src/ports/clock.ts';

/** A clock that shortens pauses to a hundredth and deadlines to a fifth, for a machine that is busy with others. */
export const hurriedClock: Clock = {
  now: () => systemClock.now() * 100,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / (milliseconds < 10_000 ? 100 : 5), signal),
};
