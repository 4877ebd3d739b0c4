import { describe, expect, it } from 'vitest';
import { erlangCMeanWait } from './erlang-c.ts';
import { exponential, seededRandom } from './random.ts';
import { type QueueHosts, simulateQueue } from './simulate-queue.ts';

const oneAtATime: QueueHosts = { maxHosts: 1, minHosts: 0, startSeconds: 120, keepSeconds: 300 };

function simulated(arrivals: readonly number[], run: number, hosts: QueueHosts) {
  const runs = Float64Array.from(arrivals, () => run);
  const { starts, ...rest } = simulateQueue(Float64Array.from(arrivals), runs, hosts, 10_000);
  return { starts: [...starts], ...rest };
}

describe('hosts', () => {
  it('start for the first job, and stop when idle', () => {
    expect(simulated([0], 60, oneAtATime)).toEqual({
      starts: [120],
      hostSeconds: 120 + 60 + 300,
      hostsStarted: 1,
      mostHosts: 1,
      waitedForStart: 120,
      waitedForLimit: 0,
    });
  });

  it('take the next job while they are kept, and not after', () => {
    expect(simulated([0, 479], 60, oneAtATime)).toMatchObject({ starts: [120, 479], hostsStarted: 1 });
    expect(simulated([0, 480], 60, oneAtATime)).toMatchObject({ starts: [120, 600], hostsStarted: 2 });
  });

  it('are at most as many as allowed: further jobs wait in the order of their arrival', () => {
    expect(simulated([0, 10, 20], 60, oneAtATime)).toMatchObject({
      starts: [120, 180, 240],
      hostsStarted: 1,
      waitedForStart: 120,
      waitedForLimit: 170 + 220,
    });
  });

  it('are started one for each waiting job, not for those that a host in preparation will serve', () => {
    // The second job takes over the first host at 180, before its own is ready: that one serves the third.
    const hosts = { ...oneAtATime, maxHosts: 9 };
    expect(simulated([0, 100, 190], 60, hosts)).toMatchObject({ starts: [120, 180, 220], hostsStarted: 2 });
  });

  it('that always run are ready at once, and are counted to the end', () => {
    const hosts = { ...oneAtATime, maxHosts: 2, minHosts: 2 };
    expect(simulated([5, 6, 7], 60, hosts)).toEqual({
      starts: [5, 6, 65],
      hostSeconds: 20_000,
      hostsStarted: 0,
      mostHosts: 2,
      waitedForStart: 0,
      waitedForLimit: 58,
    });
  });

  it('that were used last take the next job, so that the others stop', () => {
    const hosts = { maxHosts: 3, minHosts: 0, startSeconds: 0, keepSeconds: 100 };
    const calls = [0, 0, 0, ...Array.from({ length: 20 }, (_, at) => 50 + at * 60)];
    // Two hosts run 10 s and idle 100 s; the third takes all others, ten seconds each, and idles between them.
    expect(simulated(calls, 10, hosts)).toMatchObject({ hostsStarted: 3, hostSeconds: 110 + 110 + 1_190 + 10 + 100 });
  });
});

/**
 * The mean wait of a queue with exponential times, relative to Erlang C. Its random error would need some 30 million
 * jobs at high load, so it is corrected by that of one server with `servers` times the speed, which got the same jobs:
 * both share most of it, and the wait of the one server is known exactly.
 */
function relativeToErlangC(servers: number, utilization: number, jobs: number, seed: number): number {
  const [betweenRandom, runRandom] = [seededRandom(seed), seededRandom(seed, 1)];
  const arrivals = new Float64Array(jobs);
  const runs = new Float64Array(jobs);
  for (let job = 0, now = 0; job < jobs; job++) {
    now += exponential(betweenRandom, 1 / (utilization * servers));
    arrivals[job] = now;
    runs[job] = exponential(runRandom, 1);
  }
  const hosts = { maxHosts: servers, minHosts: servers, startSeconds: 0, keepSeconds: 0 };
  const { starts } = simulateQueue(arrivals, runs, hosts, 0);
  let [waits, waitsOfOne, waitOfOne] = [0, 0, 0];
  for (let job = 0; job < jobs; job++) {
    const arrival = arrivals[job]!;
    waits += starts[job]! - arrival;
    waitsOfOne += waitOfOne;
    waitOfOne = Math.max(0, waitOfOne + runs[job]! / servers - ((arrivals[job + 1] ?? arrival) - arrival));
  }
  const simulatedRatio = waits / jobs / erlangCMeanWait(servers, utilization * servers, 1);
  const randomError = waitsOfOne / jobs / erlangCMeanWait(1, utilization, 1 / servers) - 1;
  return simulatedRatio - randomError;
}

describe('the mean wait', () => {
  it.each([
    [1, 0.5],
    [1, 0.95],
    [4, 0.5],
    [4, 0.8],
    [4, 0.95],
    [16, 0.8],
    [16, 0.95],
  ])('of %i hosts at load %f is within 2%% of Erlang C', (servers, utilization) => {
    const ratios = [1, 2, 3].map((seed) => relativeToErlangC(servers, utilization, 300_000, seed));
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.02);
  });
});

it('knows Erlang C', () => {
  // One server: load / (1 - load). Two servers at half load: a third of the arrivals wait.
  expect(erlangCMeanWait(1, 0.8, 1)).toBeCloseTo(4, 10);
  expect(erlangCMeanWait(2, 1, 30)).toBeCloseTo(10, 10);
  expect(erlangCMeanWait(3, 3, 1)).toBe(Infinity);
  // Many servers: by Halfin and Whitt's approximation.
  expect(erlangCMeanWait(2_000, 1_999, 1)).toBeCloseTo(0.9723, 3);
});
