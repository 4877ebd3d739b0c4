import { readFileSync } from 'node:fs';
import path from 'node:path';
import { officeDay } from '../src/capacity/arrivals.ts';
import { quotaUses } from '../src/capacity/aws-quotas.ts';
import { erlangCMeanWait } from '../src/capacity/erlang-c.ts';
import type { Scenario } from '../src/capacity/scenario.ts';
import { simulate } from '../src/capacity/simulate.ts';
import type { Simulation } from '../src/capacity/simulation.ts';
import { scenarioOf } from '../src/cli/commands/simulate.ts';
import { elapsed } from '../src/cli/render/quantities.ts';

const file = path.resolve(import.meta.dirname, '../docs/capacity.md');

/** vCPUs of each platform that are enough for this many builds a day. */
const scales = [
  [10, 16],
  [100, 24],
  [1_000, 64],
  [10_000, 320],
  [100_000, 2_600],
] as const;

/** docs/capacity.md with figures of the simulator: the rest of the page is written by hand. */
export function capacityPage(): string {
  const page = readFileSync(file, 'utf8');
  const generated = /(?<=<!-- Generated from here[^>]*-->\n)[\s\S]*?(?=<!-- Generated to here)/;
  const [shown] = generated.exec(page) ?? [];
  if (shown === undefined) throw new Error('docs/capacity.md has no place for generated tables');
  return page.replace(generated, () => tables());
}

function tables(): string {
  const runs = scales.map(([buildsPerDay, vcpus]) => run(buildsPerDay, vcpus));
  const command = 'twinhull simulate --builds-per-day N --profile office --cache-hit-rate 0.5 --max-vcpus V';
  return `
\`${command}\`, the other options by default: a build of
six and a half minutes, or of one and a half where its layers are cached, as for every second build. Host minutes are of both platforms: multiplied by the price of a minute they are the cost of a build.

${table(
  [
    'builds a day',
    'vCPUs of each platform',
    'waiting: mean, p90',
    'submit to end: median, p90',
    'most hosts',
    'host minutes a build',
  ],
  runs.map(scaleRow),
)}

Where builds are few, each waits for a new host; the more there are, the more often one is idle. Cost per build falls likewise, since less of a host's time is spent on starting and on waiting to stop.

The same days, and AWS's default quotas for one region of an account. Those of an account differ: look them up in Service Quotas. Bold: above the default.

${quotaTable(runs)}

For one image on both platforms, kept for 30 days; rates are of the busiest hour. The quota of EC2 binds first: new accounts cannot run even one build. Then come the images in a repository; at 100,000
builds a day the rate of PutImage is close to its quota.

## How many hosts

The mean wait of a job, in percent of its mean run time, by Erlang C: hosts that always run, random arrivals, exponential run times. Few hosts need much more room than many.

${hostTable()}

`;
}

interface Run {
  readonly scenario: Scenario;
  readonly result: Simulation;
}

function run(buildsPerDay: number, vcpus: number): Run {
  const scenario = scenarioOf({
    buildsPerDay,
    profile: officeDay,
    maxVcpus: { arm64: vcpus, amd64: vcpus },
    cacheHitRate: 0.5,
    runTimes: 'fixed',
    // The price of a host for an hour is its 60 minutes.
    pricePerHour: { arm64: 60, amd64: 60 },
    seed: 1,
    json: false,
  });
  return { scenario, result: simulate(scenario) };
}

function scaleRow({ scenario, result }: Run): readonly string[] {
  const { waiting, buildTime, costPerBuild, queues } = result;
  if (waiting === undefined || buildTime === undefined || costPerBuild === undefined)
    throw new Error(`too few vCPUs for ${scenario.buildsPerDay} builds a day`);
  return [
    scenario.buildsPerDay.toLocaleString('en-US'),
    (scenario.queues[0]?.maxVcpus ?? 0).toLocaleString('en-US'),
    `${elapsed(waiting.mean)}, ${elapsed(waiting.p90)}`,
    `${elapsed(buildTime.median)}, ${elapsed(buildTime.p90)}`,
    queues.map(({ hosts }) => String(hosts?.most)).join(' + '),
    costPerBuild.toFixed(1),
  ];
}

function quotaTable(runs: readonly Run[]): string {
  const uses = runs.map(({ scenario, result }) => quotaUses(scenario, result));
  const names = uses.at(-1)?.map(({ name }) => name) ?? [];
  const rows = names.map((name) => {
    const each = uses.flatMap((row) => row.filter((use) => use.name === name));
    const [first] = each;
    if (first === undefined) throw new Error(`no use of ${name}`);
    const limit = `${number(first.defaultQuota)} ${first.unit}${first.adjustable ? '' : ', fixed'}`;
    const figures = each.map(({ use, defaultQuota }) => (use > defaultQuota ? `**${number(use)}**` : number(use)));
    return [`[${name}](${first.source})`, limit, ...figures];
  });
  return table(['quota', 'default', ...scales.map(([builds]) => builds.toLocaleString('en-US'))], rows);
}

function hostTable(): string {
  const hosts = [1, 2, 4, 8, 16, 64];
  const rows = [0.5, 0.7, 0.8, 0.9, 0.95].map((load) => [
    `${(load * 100).toFixed(0)}%`,
    ...hosts.map((count) => `${number(erlangCMeanWait(count, load * count, 100))}%`),
  ]);
  return table(['load', ...hosts.map((count) => (count === 1 ? '1 host' : `${count} hosts`))], rows);
}

function number(value: number): string {
  const digits = value < 1 ? 2 : value < 10 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
