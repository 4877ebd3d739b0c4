import { describe, expect, it } from 'vitest';
import { arrivalTimes, evenDay, officeDay } from './arrivals.ts';
import { quotaUses } from './aws-quotas.ts';
import { seededRandom } from './random.ts';
import { checkedScenario, defaultDays, type QueueScenario, type Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

const queue: QueueScenario = {
  platform: 'linux/arm64',
  maxVcpus: 64,
  minVcpus: 0,
  vcpusPerJob: 4,
  hostStartSeconds: 120,
  scaleDownSeconds: 300,
  pricePerHour: 0.2,
  phases: { clone: 10, build: 350 },
  cachedBuildSeconds: 50,
};

const scenario: Scenario = {
  buildsPerDay: 500,
  profile: evenDay,
  days: 10,
  seed: 7,
  cacheHitRate: 0,
  runTimes: 'fixed',
  queues: [queue, { ...queue, platform: 'linux/amd64' }],
};

describe('a simulation', () => {
  it('gives the same result for the same seed, and another for another', () => {
    expect(simulate(scenario)).toEqual(simulate(scenario));
    expect(simulate({ ...scenario, seed: 8 })).not.toEqual(simulate(scenario));
  });

  it('counts the builds after the first day', () => {
    const { builds, buildTime, waiting } = simulate(scenario);
    expect(builds).toBeGreaterThan(4_700);
    expect(builds).toBeLessThan(5_300);
    expect(buildTime?.mean).toBeCloseTo((waiting?.mean ?? 0) + 360, 6);
  });

  it('has no waiting, and only the price of the run, where hosts are free and start at once', () => {
    const ideal = { ...queue, hostStartSeconds: 0, scaleDownSeconds: 0 };
    const { waiting, costPerBuild, bottleneck } = simulate({ ...scenario, queues: [ideal] });
    expect(waiting).toEqual({ mean: 0, median: 0, p90: 0 });
    expect(costPerBuild).toBeCloseTo(0.02, 6);
    expect(bottleneck).toBe('none');
  });

  it('waits for a host where builds are rare, and for the limit where they are many', () => {
    const rare = simulate({ ...scenario, buildsPerDay: 2, days: 1_000 });
    expect(rare.bottleneck).toBe('host-start');
    expect(rare.waiting?.median).toBe(120);
    const [limited] = simulate({ ...scenario, queues: [{ ...queue, maxVcpus: 12 }] }).queues;
    expect(limited).toMatchObject({ bottleneck: 'max-vcpus', hosts: { allowed: 3, most: 3 } });
  });

  it('waits until both jobs run, and ends with the later one', () => {
    const slow = { ...queue, platform: 'linux/amd64' as const, phases: { build: 720 }, minVcpus: 64 };
    const { buildTime, queues } = simulate({ ...scenario, queues: [queue, slow] });
    expect(buildTime?.median).toBe(720);
    expect(queues.map(({ busyHosts }) => Math.round((busyHosts * 86_400) / 500))).toEqual([360, 720]);
  });

  it('takes the cached time for the share of builds that hit the cache, in both queues alike', () => {
    const hits = { ...scenario, cacheHitRate: 1 };
    expect(simulate(hits).buildTime?.median).toBeLessThan(360);
    const half = simulate({
      ...scenario,
      cacheHitRate: 0.5,
      queues: scenario.queues.map((each) => ({ ...each, minVcpus: 64 })),
    });
    expect(half.buildTime?.mean).toBeCloseTo(210, -1);
    expect(half.buildTime?.p90).toBe(360);
  });

  it('reports a queue that grows without end instead of figures that depend on the days', () => {
    const full = simulate({ ...scenario, queues: [queue, { ...queue, platform: 'linux/amd64', maxVcpus: 8 }] });
    expect(full).toMatchObject({
      overloaded: true,
      bottleneck: 'max-vcpus',
      waiting: undefined,
      costPerBuild: undefined,
    });
    expect(full.queues.map(({ bottleneck }) => bottleneck)).toEqual(['none', 'max-vcpus']);
  });

  it('has no cost without the price of each platform', () => {
    const [first] = scenario.queues;
    expect(
      simulate({ ...scenario, queues: [first!, { ...first!, pricePerHour: undefined }] }).costPerBuild,
    ).toBeUndefined();
  });
});

describe('arrivals', () => {
  it('follow the profile of the day', () => {
    const perHour = Array.from({ length: 24 }, () => 0);
    for (const time of arrivalTimes(10_000, officeDay, 30, seededRandom(3)))
      perHour[Math.floor(time / 3_600) % 24]! += 1;
    const total = officeDay.reduce((sum, weight) => sum + weight, 0);
    for (const [hour, weight] of officeDay.entries())
      expect(Math.abs((perHour[hour]! * total) / (300_000 * weight) - 1)).toBeLessThan(0.05);
  });

  it('ascend, stay below the end, and skip hours of weight 0', () => {
    const times = arrivalTimes(50, [0, 1, ...Array.from({ length: 22 }, () => 0)], 5, seededRandom(1));
    expect([...times]).toEqual([...times].toSorted((a, b) => a - b));
    expect(times.every((time) => Math.floor(time / 3_600) % 24 === 1 && time < 5 * 86_400)).toBe(true);
    expect(times.length).toBeGreaterThan(100);
  });
});

describe('a scenario', () => {
  it.each<[string, Partial<Scenario>, RegExp]>([
    ['too few vCPUs', { queues: [{ ...queue, maxVcpus: 3 }] }, /3 vCPUs for arm64 are fewer/],
    ['more always than at most', { queues: [{ ...queue, minVcpus: 65 }] }, /always have 65 vCPUs/],
    ['no run time', { queues: [{ ...queue, phases: { build: 0 } }] }, /take no time/],
    ['too many builds', { buildsPerDay: 1_000_000, days: 2 }, /at most 2,000,000 builds/],
    ['a short profile', { profile: [1, 2] }, /2 weights: it needs 24/],
  ])('is refused: %s', (_, change, message) => {
    expect(() => checkedScenario({ ...scenario, ...change })).toThrow(message);
  });

  it('lasts at least a week, and longer where builds are few', () => {
    expect([1, 10, 1_000, 100_000].map(defaultDays)).toEqual([3_650, 2_000, 20, 7]);
    expect(checkedScenario(scenario)).toBe(scenario);
  });
});

describe('quotas of AWS', () => {
  it('are those most used first, rates in the busiest hour', () => {
    const day = {
      ...scenario,
      buildsPerDay: 8_640,
      profile: [0, 2, ...Array.from({ length: 22 }, () => 1)],
      queues: scenario.queues.map((each) => ({ ...each, maxVcpus: 800 })),
    };
    const uses = quotaUses(day, simulate(day));
    const shares = uses.map(({ use, defaultQuota }) => use / defaultQuota);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    const useOf = (name: string): number | undefined => uses.find((use) => use.name === name)?.use;
    expect(useOf('Batch SubmitJob')).toBeCloseTo(0.4, 10);
    expect(useOf('ECR PutImage')).toBeCloseTo(0.8, 10);
    expect(useOf('ECR images in a repository')).toBe(3 * 8_640 * 30);
    const most = simulate(day).queues.reduce((sum, { hosts }) => sum + (hosts?.most ?? 0), 0);
    expect(useOf('EC2 on-demand standard instances')).toBe(4 * most);
  });

  it('are not computed for a queue that grows without end', () => {
    const full = { ...scenario, queues: [{ ...queue, maxVcpus: 4 }] };
    expect(quotaUses(full, simulate(full))).toEqual([]);
  });
});
