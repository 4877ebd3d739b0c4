import type { Comparison, Target } from './results.ts';

/** @throws RangeError when there are no samples */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('no sample was taken');
  return (lower + upper) / 2;
}

/**
 * The least sample that the fraction `part` of all samples, such as 0.99, does not exceed.
 * @throws RangeError when there are no samples
 */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (found === undefined) throw new RangeError('no sample was taken');
  return found;
}

export interface Verdict {
  /** Median of ours divided by the median of the baseline. */
  readonly times: number;
  /** Median of ours minus the median of the baseline. */
  readonly more: number;
  /** Undefined where there is no target. */
  readonly met: boolean | undefined;
}

export function judge({ ours, baseline, target }: Pick<Comparison, 'ours' | 'baseline' | 'target'>): Verdict {
  const times = median(ours.samples) / median(baseline.samples);
  const more = median(ours.samples) - median(baseline.samples);
  return { times, more, met: target && isMet(target, median(ours.samples), times, more) };
}

function isMet(target: Target, value: number, times: number, more: number): boolean {
  const { atMost, atMostTimes, atLeastTimes, orAtMostMore } = target;
  return (
    (atMost !== undefined && value <= atMost) ||
    (atMostTimes !== undefined && times <= atMostTimes) ||
    (atLeastTimes !== undefined && times >= atLeastTimes) ||
    (orAtMostMore !== undefined && more <= orAtMostMore)
  );
}
