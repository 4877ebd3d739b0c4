import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { BatchStandIn } from '../../lab/batch-stand-in/server.ts';
import { submitInput } from '../../src/adapters/aws/batch/submit-job.ts';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { batchQueues } from '../../test/helpers/batch-bed.ts';
import { startPostgres } from '../../test/helpers/postgres-server.ts';
import { type Bed, program } from '../bed.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';
import { liveBuilds, type StorePlace, seed } from '../seed.ts';

const many = { builds: 10_000, passes: 5, intervalMilliseconds: 1_000 };
const few = { builds: 100, passes: 40, intervalMilliseconds: 50 };
const allowed = { calls: 201, cpuSeconds: 1, bytes: 200e6, perBuild: 1.2 };

export const reconcilePass: Measure = {
  name: 'reconcile-pass',
  title: 'A pass over 10,000 live builds on AWS Batch',
  method:
    'The driver as a process of its own, with the heap limit that the service image sets, over a store with live builds of two jobs each, and a stand-in for AWS Batch in whose queues these jobs are. ' +
    'Each pass describes every job, as if the backend had reported a change of each; the first pass, which loads the builds, counts as well as the others. ' +
    'Calls, processor time and the peak memory of the process; and processor time for each build, against that of 100 live builds without their first pass, where starting up weighs most.',

  async run(bed) {
    const postgres = await startPostgres();
    bed.defer(() => postgres.dispose());
    const url = async (): Promise<StorePlace> => ({ url: await postgres.createDatabase() });
    const file = async (): Promise<StorePlace> => ({ file: join(bed.newFolder(), 'twinhull.db') });
    const onSqlite = await compare(bed, 'SQLite', file);
    return { comparisons: [...onSqlite, ...(await compare(bed, 'PostgreSQL', url))] };
  },
};

/** The input of bench/reconcile/passes.mjs. */
interface PassesRequest {
  /** URL of the compiled command line. */
  readonly program: string;
  readonly store: StorePlace;
  /** URL of the stand-in for AWS Batch. */
  readonly endpoint: string;
  readonly passes: number;
  readonly intervalMilliseconds: number;
}

/** Its output. */
interface PassesReport {
  /** Of each pass, from its first read of the store to that of the next. In seconds. */
  readonly cpuSeconds: readonly number[];
  readonly wallSeconds: readonly number[];
  /** The number of builds polled in each pass. */
  readonly polled: readonly number[];
  /** Peak memory of the process, in bytes. */
  readonly peakRss: number;
  readonly warnings: readonly string[];
}

interface Scale {
  readonly builds: number;
  readonly passes: number;
  readonly intervalMilliseconds: number;
}

async function compare(bed: Bed, store: string, place: () => Promise<StorePlace>): Promise<readonly Comparison[]> {
  const small = await drive(bed, await place(), few);
  const large = await drive(bed, await place(), many);
  const perBuild = ({ cpuSeconds }: PassesReport, { builds }: Scale): readonly number[] =>
    cpuSeconds.map((seconds) => seconds / builds);
  bed.say(`${store}: ${JSON.stringify({ ...large, warnings: large.warnings.slice(0, 3) })}`);
  return [
    {
      ...{ what: `calls of DescribeJobs, ${store}`, unit: 'calls', target: { atMostTimes: 1 } },
      ours: { label: 'calls in a pass', samples: [large.calls / many.passes] },
      baseline: { label: 'target', samples: [allowed.calls] },
    },
    {
      ...{ what: `processor time, ${store}`, unit: 'seconds', target: { atMostTimes: 1 } },
      ours: { label: 'a pass', samples: large.cpuSeconds },
      baseline: { label: 'target', samples: [allowed.cpuSeconds] },
    },
    {
      ...{ what: `memory, ${store}`, unit: 'bytes', target: { atMostTimes: 1 } },
      ours: { label: 'peak', samples: [large.peakRss] },
      baseline: { label: 'target', samples: [allowed.bytes] },
    },
    {
      ...{
        what: `processor time for each build, ${store}`,
        unit: 'seconds',
        target: { atMostTimes: allowed.perBuild },
      },
      ours: { label: 'of 10,000 builds', samples: perBuild(large, many) },
      baseline: { label: 'of 100 builds', samples: perBuild(small, few).slice(1) },
    },
  ];
}

async function drive(bed: Bed, store: StorePlace, scale: Scale): Promise<PassesReport & { readonly calls: number }> {
  const standIn = await BatchStandIn.start({
    clock: systemClock,
    queues: Object.values(batchQueues).map((name) => ({ name })),
    jobDefinitions: ['builder'],
    submitsPerSecond: 1e9,
    conduct: () => ({ runnableMilliseconds: 86_400_000, runs: [] }),
  });
  bed.defer(() => standIn.close());
  await seed(store, liveBuilds(scale.builds, submitter(standIn)));
  const { passes, intervalMilliseconds } = scale;
  const where = { program: pathToFileURL(program).href, store, endpoint: standIn.url };
  const request: PassesRequest = { ...where, passes, intervalMilliseconds };
  const main = fileURLToPath(new URL('../reconcile/passes.mjs', import.meta.url));
  const env = { NODE_OPTIONS: serviceNodeOptions() };
  const { stdout } = await execa(process.execPath, [main, JSON.stringify(request)], { env });
  const report = JSON.parse(stdout) as PassesReport;
  const unseen = report.polled.findIndex((polled) => polled !== scale.builds);
  if (unseen >= 0) throw new Error(`pass ${String(unseen + 1)} polled ${String(report.polled[unseen])} builds`);
  return { ...report, calls: standIn.calls.get('DescribeJobs') ?? 0 };
}

/** The NODE_OPTIONS of the service in its image. */
function serviceNodeOptions(): string {
  const dockerfile = fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url));
  const [, options] = /^ENV NODE_OPTIONS=(\S+)$/m.exec(readFileSync(dockerfile, 'utf8')) ?? [];
  if (options === undefined) throw new Error(`${dockerfile} sets no NODE_OPTIONS`);
  return options;
}

/**
 * Puts a job into the stand-in's queue with everything that a submit includes.
 * @returns a function that returns its id
 */
function submitter({ api }: BatchStandIn): (name: string, platform: Platform, plan: Plan) => string {
  const target = { queues: batchQueues, jobDefinition: 'builder' };
  return (name, platform, plan) => {
    const buildId = name.split('-')[1] ?? '';
    const environment = jobEnvironment(plan, platform, { buildId, emulation: false });
    const request = {
      ...{ name, platform, buildId, attempt: 1, environment, buildSecrets: [], timeoutSeconds: 7200 },
      registryHost: 'registry.example',
    };
    return (api.submitJob(submitInput(request, target)) as { readonly jobId: string }).jobId;
  };
}
