/** Returns numbers that are equally likely from 0 (included) to 1 (excluded). */
export type Random = () => number;

/**
 * A generator of pseudo-random numbers (sfc32, 128 bits of state): the same seed and stream give the same numbers on every machine. Streams of one seed are independent of each other. Not for secrets.
 *
 * @param seed a whole number from 0 to 2^32 - 1, as is `stream`
 */
export function seededRandom(seed: number, stream = 0): Random {
  let a = seed >>> 0;
  let b = stream >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  // Mixes the seed into the whole state.
  for (let round = 0; round < 16; round++) next();
  return () => next() / 2 ** 32;
}

/** One draw from the exponential distribution of this mean. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}
