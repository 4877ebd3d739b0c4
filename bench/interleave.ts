export interface Contestant {
  readonly label: string;
  /** Runs once. @returns the sample */
  run(round: number): Promise<number>;
}

export interface InterleaveOptions {
  readonly rounds: number;
  /** Uncounted rounds before these, which fill caches and read programs from disk. @default 1 */
  readonly warmUps?: number;
  readonly onSample: (label: string, round: number, sample: number) => void;
}

/**
 * Runs the contestants alternately, round by round, so that changes on the machine over time affect all of them; every
 * other round is in reverse order, so that none always follows the same one.
 *
 * @returns the samples of each contestant, in their order
 */
export async function interleave(
  contestants: readonly Contestant[],
  { rounds, warmUps = 1, onSample }: InterleaveOptions,
): Promise<readonly (readonly number[])[]> {
  const samples = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    for (const contestant of order) {
      const sample = await contestant.run(round + warmUps);
      if (round < 0) continue;
      samples.get(contestant)?.push(sample);
      onSample(contestant.label, round + 1, sample);
    }
  }
  return [...samples.values()];
}

/** Wall time of `work`, in seconds. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
