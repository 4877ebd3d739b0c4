import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SubmitJobCommand } from '@aws-sdk/client-batch';
import type { StandInStatus } from '../../lab/batch-stand-in/server.ts';
import { type BatchClients, connectBatch } from '../../src/adapters/aws/batch/batch-clients.ts';
import { BatchJobBackend } from '../../src/adapters/aws/batch/batch-job-backend.ts';
import { submitInput } from '../../src/adapters/aws/batch/submit-job.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import { defaultPolicy } from '../../src/pipeline/drive/driver-parts.ts';
import { Reconciler } from '../../src/pipeline/drive/reconciler.ts';
import { submitBuild } from '../../src/pipeline/submit-build.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { JobHandle, JobRequest } from '../../src/ports/job-backend.ts';
import { FakeRegistry } from '../../test/helpers/fake-registry.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { arm64, samplePlan } from '../../test/helpers/sample-builds.ts';
import type { Bed } from '../bed.ts';
import { interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';

const limit = 50;
const rounds = 21;
const burst = 1500;
const bursts = 2;
/**
 * Latency of a call: a guess, AWS itself was not measured. On loopback alone there would be almost nothing to compare.
 */
const answerMilliseconds = 50;

const queues = { 'linux/arm64': 'stand-in-arm64', 'linux/amd64': 'stand-in-amd64' } as const;
const target = { queues, jobDefinition: 'stand-in-build' };
const credentials = { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' };

export const batchSubmit: Measure = {
  name: 'batch-submit',
  title: 'Submitting to AWS Batch',
  method:
    `Against a stand-in for AWS Batch that is a process of its own, takes ${String(limit)} SubmitJob calls a second, and answers each ` +
    `after ${String(answerMilliseconds)} ms: from the submit of a build, through the store and the driver, until both of its jobs are accepted, ` +
    `against two parallel SubmitJob calls of the same content by the SDK alone; and ${burst.toLocaleString('en')} builds submitted at once, ` +
    'all of whose jobs must be accepted, none of them twice.',

  async run(bed) {
    return { comparisons: [await compareOne(bed), await compareBurst(bed)] };
  },
};

async function compareOne(bed: Bed): Promise<Comparison> {
  const standIn = await startStandIn(bed);
  const twinhull = await openTwinhull(bed, standIn.url);
  const raw = connectBatch('us-gov-west-1', { endpoint: standIn.url, credentials });
  bed.defer(() => raw.batch.destroy());
  const contestants = [
    { label: 'a build through Twinhull', run: () => untilRested(standIn).then(() => twinhull.submitOne()) },
    { label: 'two parallel SubmitJob calls', run: () => untilRested(standIn).then(() => submitRaw(raw)) },
  ];
  const onSample = bed.saySample('seconds');
  const [ours = [], baseline = []] = await interleave(contestants, { rounds, warmUps: 3, onSample });
  return {
    what: 'one build',
    unit: 'seconds',
    ours: { label: 'a build through Twinhull', samples: ours },
    baseline: { label: 'two parallel SubmitJob calls', samples: baseline },
    target: { atMostTimes: 1.5 },
  };
}

async function compareBurst(bed: Bed): Promise<Comparison> {
  const samples: number[] = [];
  for (let n = 1; n <= bursts; n++) {
    const standIn = await startStandIn(bed);
    const twinhull = await openTwinhull(bed, standIn.url);
    await twinhull.submitMany(burst);
    const status = await standIn.status();
    const { accepted, names, throttled, firstAcceptedAt, lastAcceptedAt } = status;
    if (accepted !== 2 * burst || names !== 2 * burst)
      throw new Error(`${String(accepted)} jobs of ${String(names)} names were accepted, not ${String(2 * burst)}`);
    const rate = (accepted - 1) / (((lastAcceptedAt ?? 0) - (firstAcceptedAt ?? 0)) / 1000);
    bed.say(`burst ${String(n)}: ${rate.toFixed(1)} jobs a second, ${String(throttled)} throttled`);
    samples.push(rate);
    await twinhull.stop();
  }
  return {
    what: `a burst of ${burst.toLocaleString('en')} builds`,
    unit: 'jobs per second',
    ours: { label: 'jobs accepted', samples },
    baseline: { label: 'what AWS Batch takes', samples: [limit] },
    target: { atLeastTimes: 0.9 },
  };
}

interface StandInProcess {
  readonly url: string;
  status(): Promise<StandInStatus>;
}

/** Its jobs stay in the queue, so only submits are measured. */
async function startStandIn(bed: Bed): Promise<StandInProcess> {
  const main = fileURLToPath(new URL('../../lab/batch-stand-in/main.ts', import.meta.url));
  const options = ['--runnable-seconds', '86400', '--submits-per-second', String(limit)];
  const words = ['--import', 'tsx', main, ...options, '--answer-milliseconds', String(answerMilliseconds)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  bed.defer(() => child.kill());
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url, status: async () => (await (await fetch(url)).json()) as StandInStatus };
}

/** Waits until earlier submits no longer count towards the rate limit. */
async function untilRested(standIn: StandInProcess): Promise<void> {
  await pollUntil('a second without submits', async () => {
    const { lastAcceptedAt } = await standIn.status();
    return lastAcceptedAt === null || Date.now() - lastAcceptedAt > 1000;
  });
}

async function submitRaw({ batch }: BatchClients): Promise<number> {
  const plan = samplePlan();
  const requests = plan.jobs.map(({ platform }): JobRequest => {
    const environment = jobEnvironment(plan, platform, { buildId: 'raw', emulation: false });
    const name = `raw-${String(performance.now()).replace('.', '-')}-${platform === arm64 ? 'arm64' : 'amd64'}`;
    return {
      ...{ name, platform, environment, buildId: 'raw', attempt: 1, buildSecrets: [], timeoutSeconds: 7200 },
      registryHost: 'registry.example',
    };
  });
  return secondsOf(() =>
    Promise.all(requests.map((request) => batch.send(new SubmitJobCommand(submitInput(request, target))))),
  );
}

/** Records when jobs are accepted. */
class WatchedBackend extends BatchJobBackend {
  readonly accepted = new Map<string, number>();

  override async submit(request: JobRequest): Promise<JobHandle> {
    const handle = await super.submit(request);
    this.accepted.set(request.buildId, (this.accepted.get(request.buildId) ?? 0) + 1);
    this.onAccepted(request.buildId);
    return handle;
  }

  onAccepted: (buildId: string) => void = () => undefined;
}

interface Driving {
  /** @returns the seconds from its submit until both of its jobs are accepted */
  submitOne(): Promise<number>;
  /** Resolves when all jobs of this many builds, submitted one after the other, are accepted. */
  submitMany(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** The driver as `twinhull` runs it, over a store in a file; only the registry is a fake. */
async function openTwinhull(bed: Bed, endpoint: string): Promise<Driving> {
  const store = await openSqliteStore(join(bed.newFolder(), 'twinhull.db'));
  const clients = connectBatch('us-gov-west-1', { endpoint, credentials });
  const backend = new WatchedBackend({ ...target, region: 'us-gov-west-1', clock: systemClock }, clients);
  const registry = new FakeRegistry();
  const parts = { store, registry, backend, clock: systemClock };
  const reconciler = new Reconciler({
    ...{ store, backend, clock: systemClock, policy: defaultPolicy },
    registryFor: () => registry,
    reporter: { warning: (text) => bed.say(text) },
  });
  const stopping = new AbortController();
  const running = reconciler.run({ signal: stopping.signal });
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await running;
    backend.close();
    await store.close();
  };
  bed.defer(stop);

  const begin = async (): Promise<string> => {
    const { build } = await submitBuild({ plan: samplePlan(), reference: 'main', force: false }, parts);
    reconciler.wake();
    return build.id;
  };
  const allAccepted = (isAll: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (isAll()) resolve();
      };
      backend.onAccepted = look;
      look();
    });
  return {
    submitOne: () =>
      secondsOf(async () => {
        const id = await begin();
        await allAccepted(() => backend.accepted.get(id) === 2);
      }),
    async submitMany(count) {
      for (let n = 0; n < count; n++) {
        await begin();
        // Yields, because real requests arrive one at a time.
        await setImmediate();
      }
      await allAccepted(() => [...backend.accepted.values()].filter((jobs) => jobs === 2).length === count);
    },
    stop,
  };
}
