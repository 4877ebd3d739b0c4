import { arrivalTimes } from './arrivals.ts';
import { seededRandom } from './random.ts';
import { cacheHits, meanRunSeconds, runSeconds } from './run-times.ts';
import type { QueueScenario, Scenario } from './scenario.ts';
import { type QueueHosts, type QueueRun, simulateQueue } from './simulate-queue.ts';
import type { Bottleneck, QueueSimulation, Simulation } from './simulation.ts';
import { type Spread, spreadOf } from './spread.ts';

const secondsPerDay = 86_400;

/** Simulates builds of two jobs on two queues. Pure: the same scenario gives the same result. */
export function simulate(scenario: Scenario): Simulation {
  const { buildsPerDay, queues } = scenario;
  const loads = queues.map((queue) => (buildsPerDay / secondsPerDay) * meanRunSeconds(queue, scenario));
  const overloaded = queues.some((queue, index) => (loads[index] ?? 0) >= hostsOf(queue).maxHosts);
  return overloaded ? overload(scenario, loads) : steady(scenario, loads);
}

function steady(scenario: Scenario, loads: readonly number[]): Simulation {
  const { buildsPerDay, profile, days, seed, queues } = scenario;
  const end = (days + 1) * secondsPerDay;
  const arrivals = arrivalTimes(buildsPerDay, profile, days + 1, seededRandom(seed));
  const first = Math.max(
    0,
    arrivals.findIndex((time) => time >= secondsPerDay),
  );
  const hits = cacheHits(arrivals.length, scenario);
  const started = new Float64Array(arrivals.length);
  const ended = new Float64Array(arrivals.length);
  const results = queues.map((queue, index) => {
    const runs = runSeconds(queue, scenario, hits, index);
    const run = simulateQueue(arrivals, runs, hostsOf(queue), end);
    run.starts.forEach((start, build) => {
      started[build] = Math.max(started[build] ?? 0, start);
      ended[build] = Math.max(ended[build] ?? 0, start + (runs[build] ?? 0));
    });
    const waiting = measured(run.starts, arrivals, first);
    return { ...run, queue, load: loads[index] ?? 0, waiting };
  });
  return {
    builds: arrivals.length - first,
    overloaded: false,
    bottleneck: bottleneckOf(results, arrivals.length),
    waiting: measured(started, arrivals, first),
    buildTime: measured(ended, arrivals, first),
    costPerBuild: costOf(results, arrivals.length),
    queues: results.map((result) => ({
      platform: result.queue.platform,
      bottleneck: bottleneckOf([result], arrivals.length),
      busyHosts: result.load,
      utilization: result.load / hostsOf(result.queue).maxHosts,
      waiting: result.waiting,
      hosts: {
        allowed: hostsOf(result.queue).maxHosts,
        mean: result.hostSeconds / end,
        most: result.mostHosts,
        startedPerDay: result.hostsStarted / (days + 1),
      },
    })),
  };
}

/** Without a simulation: the queue would only grow. */
function overload({ queues }: Scenario, loads: readonly number[]): Simulation {
  const results = queues.map((queue, index): QueueSimulation => {
    const utilization = (loads[index] ?? 0) / hostsOf(queue).maxHosts;
    const bottleneck = utilization >= 1 ? 'max-vcpus' : 'none';
    const { platform } = queue;
    return { platform, bottleneck, busyHosts: loads[index] ?? 0, utilization, waiting: undefined, hosts: undefined };
  });
  const unknown = { waiting: undefined, buildTime: undefined, costPerBuild: undefined };
  return { builds: 0, overloaded: true, bottleneck: 'max-vcpus', ...unknown, queues: results };
}

function hostsOf({ maxVcpus, minVcpus, vcpusPerJob, hostStartSeconds, scaleDownSeconds }: QueueScenario): QueueHosts {
  return {
    maxHosts: Math.floor(maxVcpus / vcpusPerJob),
    minHosts: Math.min(Math.ceil(minVcpus / vcpusPerJob), Math.floor(maxVcpus / vcpusPerJob)),
    startSeconds: hostStartSeconds,
    keepSeconds: scaleDownSeconds,
  };
}

/** The time since the arrival, of the builds from `first` on; undefined without builds. */
function measured(times: Float64Array, arrivals: Float64Array, first: number): Spread | undefined {
  if (arrivals.length === 0) return undefined;
  const since = times.map((time, build) => time - (arrivals[build] ?? 0));
  return spreadOf(since.slice(first));
}

function bottleneckOf(runs: readonly QueueRun[], builds: number): Bottleneck {
  const [start, limit] = [sum(runs.map((run) => run.waitedForStart)), sum(runs.map((run) => run.waitedForLimit))];
  if (builds === 0 || (start + limit) / builds < 1) return 'none';
  return limit > start ? 'max-vcpus' : 'host-start';
}

/** The hosts' price for all builds, by build; undefined without a price for each platform. */
function costOf(runs: readonly (QueueRun & { readonly queue: QueueScenario })[], builds: number): number | undefined {
  const costs = runs.flatMap(({ hostSeconds, queue: { pricePerHour } }) =>
    pricePerHour === undefined ? [] : [(hostSeconds / 3_600) * pricePerHour],
  );
  return builds === 0 || costs.length < runs.length ? undefined : sum(costs) / builds;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
