import { type QuotaUse, quotaUses } from '../../capacity/aws-quotas.ts';
import type { QueueScenario, Scenario } from '../../capacity/scenario.ts';
import type { Bottleneck, QueueSimulation, Simulation } from '../../capacity/simulation.ts';
import type { Spread } from '../../capacity/spread.ts';
import { platformSuffix } from '../../domain/platform.ts';
import { type Display, makeDisplay } from './display.ts';
import { elapsed } from './quantities.ts';
import { type Column, renderTable } from './table.ts';

const number = (title: string): Column => ({ title, align: 'right' });

const times: readonly Column[] = [{ title: 'SECONDS OF A BUILD' }, number('MEAN'), number('MEDIAN'), number('P90')];
const hosts: readonly Column[] = [
  ...[{ title: 'PLATFORM' }, number('LOAD'), number('HOSTS ALLOWED'), number('MEAN'), number('MOST')],
  ...[number('STARTED A DAY'), number('WAIT (MEAN)'), number('WAIT (P90)')],
];

/** The result for people: the times, the hosts, the cost, and what limits the builds. */
export function renderSimulation(scenario: Scenario, result: Simulation, { columns }: Display = makeDisplay()): string {
  const { buildsPerDay, days, seed, queues } = scenario;
  const head = `${buildsPerDay.toLocaleString('en-US')} builds a day, ${days} days, seed ${seed}\n`;
  if (result.overloaded)
    return `${head}\n${result.queues.map((queue, at) => overloadText(queue, queues[at])).join('')}`;
  const rows = [spreadRow('waiting', result.waiting), spreadRow('submit to end', result.buildTime)];
  const cost = result.costPerBuild === undefined ? '' : `\ncost per build, hosts only: ${price(result.costPerBuild)}\n`;
  return [
    head,
    renderTable(times, rows, columns),
    renderTable(hosts, result.queues.map(hostRow), columns) + cost,
    `${bottleneckText(result.bottleneck)}\n${quotaText(quotaUses(scenario, result))}`,
  ].join('\n');
}

function spreadRow(title: string, spread: Spread | undefined): readonly string[] {
  return [title, ...(spread === undefined ? ['', '', ''] : [spread.mean, spread.median, spread.p90].map(elapsed))];
}

function hostRow({ platform, utilization, hosts: counts, waiting }: QueueSimulation): readonly string[] {
  const figures = counts && [
    String(counts.allowed),
    counts.mean.toFixed(1),
    String(counts.most),
    counts.startedPerDay.toFixed(1),
  ];
  const waits = waiting && [elapsed(waiting.mean), elapsed(waiting.p90)];
  return [platform, `${(utilization * 100).toFixed(0)}%`, ...(figures ?? ['', '', '', '']), ...(waits ?? ['', ''])];
}

/** Enough hosts keep utilization at 80%. */
function overloadText(queue: QueueSimulation, scenario: QueueScenario | undefined): string {
  if (queue.utilization < 1 || scenario === undefined) return '';
  const enough = Math.ceil(queue.busyHosts / 0.8) * scenario.vcpusPerJob;
  return `${queue.platform}: its jobs need ${queue.busyHosts.toFixed(1)} hosts on average, and ${scenario.maxVcpus} vCPUs allow ${Math.floor(scenario.maxVcpus / scenario.vcpusPerJob)}: the queue grows without end\n  for 80% utilization: --max-vcpus ${platformSuffix(queue.platform)}=${enough}\n`;
}

function bottleneckText(bottleneck: Bottleneck): string {
  switch (bottleneck) {
    case 'none':
      return 'jobs hardly wait';
    case 'host-start':
      return 'jobs wait mostly for hosts to start: --scale-down-delay or --min-vcpus keep more of them running';
    case 'max-vcpus':
      return 'jobs wait mostly because of the vCPU limit: raise --max-vcpus';
  }
}

/** The two quotas of AWS that are used most, by their defaults. */
function quotaText(uses: readonly QuotaUse[]): string {
  const lines = uses.slice(0, 2).map(({ name, use, unit, defaultQuota }) => {
    const [used, most] = [rounded(use), rounded(defaultQuota)];
    return `  ${name}: ${used} ${unit}, default quota ${most}\n`;
  });
  return `\nquotas of AWS that are used most:\n${lines.join('')}`;
}

function rounded(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function price(amount: number): string {
  return amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumSignificantDigits: 3 });
}

/** The output of `simulate --json`. Scripts rely on it: fields may be added, but not changed or removed. */
export function simulationToJson(scenario: Scenario, result: Simulation): unknown {
  const { buildsPerDay, days, seed } = scenario;
  const { builds, overloaded, bottleneck, waiting, buildTime, costPerBuild, queues } = result;
  return {
    buildsPerDay,
    days,
    seed,
    builds,
    overloaded,
    bottleneck,
    waitingSeconds: waiting ?? null,
    buildSeconds: buildTime ?? null,
    costPerBuild: costPerBuild ?? null,
    queues: queues.map((queue) => ({
      platform: queue.platform,
      bottleneck: queue.bottleneck,
      busyHosts: queue.busyHosts,
      utilization: queue.utilization,
      waitingSeconds: queue.waiting ?? null,
      hosts: queue.hosts ?? null,
    })),
    quotas: quotaUses(scenario, result),
  };
}
