import type { DescribeJobsCommandOutput, JobStatus } from '@aws-sdk/client-batch';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Fault, Operation } from '../../../../lab/batch-stand-in/faults.ts';
import { hostLost, pullFailed } from '../../../../lab/batch-stand-in/run.ts';
import { scriptedRun } from '../../../../lab/batch-stand-in/scripted-run.ts';
import type { Conduct, StandInOptions } from '../../../../lab/batch-stand-in/stand-in-options.ts';
import { type BatchBed, openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { hurriedClock } from '../../../../test/helpers/hurried-clock.ts';
import { pollUntil } from '../../../../test/helpers/poll-until.ts';
import { LogReader } from '../../../pipeline/logs/log-report.ts';
import type { DescribeOptions, JobRequest } from '../../../ports/job-backend.ts';

// On a stand-in for AWS Batch: lab/batch-stand-in/README.md.

const succeeds: Conduct = { runs: [scriptedRun({ milliseconds: 0, end: { exitCode: 0 } })] };

async function freshBed(options: Partial<StandInOptions> & { readonly job?: Conduct } = {}): Promise<BatchBed> {
  const { job = succeeds, ...others } = options;
  const bed = await openBatchBed({ clock: hurriedClock, conduct: () => job, ...others });
  onTestFinished(() => bed.dispose());
  return bed;
}

function request(change: Partial<JobRequest> = {}): JobRequest {
  return {
    name: 'twinhull-b-arm64-1',
    platform: 'linux/arm64',
    buildId: 'b',
    attempt: 1,
    environment: { TWINHULL_BUILD_ID: 'b' },
    buildSecrets: [],
    registryHost: 'registry.invalid',
    timeoutSeconds: 7200,
    ...change,
  };
}

/** The first calls of an operation meet these faults, later calls none. */
function first(operation: Operation, ...faults: readonly Fault[]) {
  const left = [...faults];
  return (called: Operation): Fault | undefined => (called === operation ? left.shift() : undefined);
}

/** A job that exists without having been submitted through the backend. */
function accepted({ standIn }: BatchBed, jobName: string): string {
  const job = { jobName, jobQueue: 'builds-arm64', jobDefinition: 'builder' };
  return (standIn.api.submitJob(job) as { readonly jobId: string }).jobId;
}

async function endOf(bed: BatchBed, id: string) {
  const backend = bed.backend();
  return pollUntil('the end of a job', async () => {
    const seen = (await backend.describe([id])).get(id);
    return seen?.finishedAt === undefined ? undefined : seen;
  });
}

describe('submit', () => {
  it('sends the environment, queue and timeout only', async () => {
    const bed = await freshBed();
    const { id } = await bed.backend().submit(request({ environment: { A: '1', B: 'two words' } }));
    expect(bed.standIn.api.jobs.map(({ job }) => job)).toEqual([
      { jobId: id, jobName: 'twinhull-b-arm64-1', queue: 'builds-arm64', environment: { A: '1', B: 'two words' } },
    ]);
  });

  it.each(['lost-before', 'lost-after', 'error-before', 'error-after', 'silence'] as const)(
    'sends once and reports an unknown outcome on %s',
    async (fault) => {
      const bed = await freshBed({ faults: first('SubmitJob', fault) });
      await expect(bed.backend().submit(request())).rejects.toMatchObject({ code: 'BackendUnreachable' });
      expect(bed.standIn.calls.get('SubmitJob')).toBe(1);
    },
  );

  it('retries a throttled request, which AWS did not accept', async () => {
    const bed = await freshBed({ faults: first('SubmitJob', 'throttled', 'throttled') });
    await bed.backend().submit(request());
    expect(bed.standIn.calls.get('SubmitJob')).toBe(3);
    expect(bed.standIn.api.jobs).toHaveLength(1);
  });

  it.each([
    ['of an unknown queue', { queues: { 'linux/arm64': 'nowhere', 'linux/amd64': 'nowhere' } }],
    ['of an unknown job definition', { jobDefinition: 'nothing' }],
  ])('is refused permanently because %s', async (_, change) => {
    const bed = await freshBed();
    await expect(bed.backend(change).submit(request())).rejects.toMatchObject({
      code: 'JobRefused',
      message: expect.stringContaining('can not be found'),
    });
    expect(bed.standIn.api.jobs).toEqual([]);
  });

  it('refuses before sending what Batch would accept and then fail', async () => {
    const bed = await freshBed();
    const environment = { TWINHULL_STEP_1_DOCKERFILE_INLINE: 'x'.repeat(8000) };
    await expect(bed.backend().submit(request({ environment }))).rejects.toMatchObject({ code: 'RecipeInvalid' });
    expect(bed.standIn.calls.get('SubmitJob')).toBeUndefined();
  });

  it('raises the timeout to the minute that Batch requires', async () => {
    const bed = await freshBed();
    await expect(bed.backend().submit(request({ timeoutSeconds: 5 }))).resolves.toBeDefined();
  });
});

describe('describe', () => {
  it('requests a hundred jobs at a time and leaves out those that vanished', async () => {
    const bed = await freshBed();
    const backend = bed.backend();
    const ids = Array.from({ length: 250 }, (_, n) => accepted(bed, `twinhull-b-arm64-${String(n)}`));
    for (const job of bed.standIn.api.jobs.slice(0, 7)) job.vanished = true;
    const found = await backend.describe(ids);
    expect(found.size).toBe(243);
    expect(bed.standIn.calls.get('DescribeJobs')).toBe(3);
  });

  it('retries after throttling, errors and lost responses', async () => {
    const faults = first('DescribeJobs', 'throttled', 'error-before', 'lost-after');
    const bed = await freshBed({ faults });
    const backend = bed.backend();
    const { id } = await backend.submit(request());
    expect((await backend.describe([id])).size).toBe(1);
  });

  it('gives up eventually', async () => {
    const bed = await freshBed({ faults: (operation) => (operation === 'DescribeJobs' ? 'error-before' : undefined) });
    const asking = bed.backend().describe(['00000000-0000-4000-8000-000000000000']);
    await expect(asking).rejects.toMatchObject({ code: 'BackendUnreachable' });
  });

  it('reports a job that it cannot interpret and still describes the others', async () => {
    const bed = await freshBed({ job: { runnableMilliseconds: 1e9, runs: [] } });
    const ids = ['x', 'y'].map((name) => accepted(bed, name));
    const clients = bed.clients();
    clients.batch.middlewareStack.add(
      (next) => async (call) => {
        const answer = await next(call);
        const { jobs = [] } = answer.output as DescribeJobsCommandOutput;
        for (const job of jobs) if (job.jobName === 'x') job.status = 'HELD' as JobStatus;
        return answer;
      },
      { step: 'initialize' },
    );
    const backend = bed.backend({}, clients);
    const unseen = vi.fn<NonNullable<DescribeOptions['unseen']>>();
    expect([...(await backend.describe(ids, { unseen })).keys()]).toEqual([ids[1]]);
    const why = { code: 'BackendUnreachable', message: expect.stringContaining('status') };
    expect(unseen.mock.calls).toEqual([[ids[0], expect.objectContaining(why)]]);
    await expect(backend.describe(ids)).rejects.toMatchObject(why);
    await expect(backend.readLog(ids[0] ?? '', { follow: true }).next()).rejects.toMatchObject(why);
  });

  it('keeps the results of other calls when one of several fails', async () => {
    let calls = 0;
    const faults = (operation: Operation) =>
      operation === 'DescribeJobs' && (calls += 1) > 2 ? 'error-before' : undefined;
    const bed = await freshBed({ faults });
    const ids = Array.from({ length: 950 }, (_, n) => accepted(bed, `twinhull-b-arm64-${String(n)}`));
    const unseen: string[] = [];
    const found = await bed.backend().describe(ids, { unseen: (id) => unseen.push(id) });
    expect(found.size).toBe(200);
    expect([...found.keys(), ...unseen].toSorted()).toEqual(ids.toSorted());
    await expect(bed.backend().describe(ids)).rejects.toMatchObject({ code: 'BackendUnreachable' });
  });

  it('reports why a job is stuck', async () => {
    const stuckReason = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement can not be met';
    const bed = await freshBed({ job: { stuckReason, runs: [] } });
    const { id } = await bed.backend().submit(request());
    const seen = (await bed.backend().describe([id])).get(id);
    expect(seen).toMatchObject({ state: 'queued', reason: stuckReason, queue: 'builds-arm64' });
  });

  it('reports an image pull that failed on every attempt', async () => {
    const bed = await freshBed({
      job: { runs: [scriptedRun({ milliseconds: 0, end: pullFailed })] },
    });
    const { id } = await bed.backend().submit(request());
    expect(await endOf(bed, id)).toMatchObject({
      state: 'failed',
      infrastructureFailure: true,
      reason: expect.stringContaining('CannotPullContainerError'),
      jobKey: undefined,
    });
    expect(bed.standIn.api.jobs[0]?.attempts).toHaveLength(3);
  });
});

describe('findByName', () => {
  it('finds every job of exactly this name over all pages, earliest first', async () => {
    const bed = await freshBed();
    const backend = bed.backend();
    const names = [...Array<string>(205).fill('twinhull-b-arm64-1'), 'Twinhull-b-arm64-1', 'twinhull-b-arm64-12'];
    for (const name of names) accepted(bed, name);
    const found = await backend.findByName('twinhull-b-arm64-1');
    expect(found).toHaveLength(205);
    expect(found.map(({ createdAt }) => createdAt)).toEqual(
      found.map(({ createdAt }) => createdAt).sort((a, b) => a - b),
    );
    expect(await backend.findByName('twinhull-b-arm64-*')).toEqual([]);
  });

  it('searches only the queue of a given platform', async () => {
    const bed = await freshBed();
    const { id } = await bed.backend().submit(request());
    expect(await bed.backend().findByName('twinhull-b-arm64-1', 'linux/arm64')).toMatchObject([{ id }]);
    expect(bed.standIn.calls.get('ListJobs')).toBe(1);
  });

  it('searches both queues without a platform', async () => {
    const bed = await freshBed();
    await bed.backend().submit(request({ platform: 'linux/amd64' }));
    expect(await bed.backend().findByName('twinhull-b-arm64-1')).toHaveLength(1);
    expect(bed.standIn.calls.get('ListJobs')).toBe(2);
  });
});

it('limits concurrent look-ups and terminations, however many are requested at once', async () => {
  const bed = await freshBed({ job: { runnableMilliseconds: 1e9, runs: [] } });
  const clients = bed.clients();
  let [underWay, most] = [0, 0];
  clients.batch.middlewareStack.add(
    (next) => async (call) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return next(call).finally(() => (underWay -= 1));
    },
    { step: 'initialize' },
  );
  const backend = bed.backend({}, clients);
  const names = Array.from({ length: 100 }, (_, n) => `twinhull-b-arm64-${String(n)}`);
  const ids = names.map((name) => accepted(bed, name));
  const [found] = await Promise.all([
    Promise.all(names.map((name) => backend.findByName(name))),
    Promise.all(ids.map((id) => backend.terminate(id, 'stop'))),
  ]);
  expect(found.flat().map(({ id }) => id)).toEqual(ids);
  expect(bed.standIn.api.jobs.every(({ isOver }) => isOver)).toBe(true);
  expect(most).toBe(16);
});

describe('check', () => {
  it('accepts queues and a job definition by name, revision or ARN', async () => {
    const bed = await freshBed();
    const arn = 'arn:aws-us-gov:batch:us-gov-west-1:123456789012';
    const queues = { 'linux/arm64': `${arn}:job-queue/builds-arm64`, 'linux/amd64': 'builds-amd64' };
    for (const jobDefinition of ['builder', 'builder:1', `${arn}:job-definition/builder:1`]) {
      const checked = bed.backend({ queues, jobDefinition }).check(['linux/arm64', 'linux/amd64']);
      await expect(checked).resolves.toBeUndefined();
    }
  });

  it.each([
    [{ queues: { 'linux/arm64': 'nowhere', 'linux/amd64': 'builds-amd64' } }, 'BUILD_ARM64_QUEUE'],
    [{ queues: { 'linux/arm64': 'builds-arm64', 'linux/amd64': 'resting' } }, 'BUILD_AMD64_QUEUE'],
    [{ jobDefinition: 'nothing' }, 'BUILD_JOB_DEFINITION'],
  ])('names the setting to correct: %j', async (change, setting) => {
    const queues = [
      { name: 'builds-arm64' },
      { name: 'builds-amd64' },
      { name: 'resting', state: 'DISABLED' as const },
    ];
    const bed = await freshBed({ queues });
    await expect(bed.backend(change).check(['linux/arm64', 'linux/amd64'])).rejects.toMatchObject({
      code: 'SettingInvalid',
      hint: expect.stringContaining(setting),
    });
  });

  it('refuses build secrets that Secrets Manager does not hold', async () => {
    const bed = await freshBed();
    const backend = bed.backend({ buildSecrets: ['npm'] });
    await backend.check(['linux/arm64'], ['npm']);
    await expect(backend.check(['linux/arm64'], ['npm', 'pip'])).rejects.toMatchObject({
      code: 'SettingInvalid',
      message: expect.stringContaining('pip'),
    });
  });
});

describe('the log of a job that Batch restarted', () => {
  const nonce = (digit: string) => digit.repeat(32);
  const job: Conduct = {
    runs: [
      scriptedRun({
        milliseconds: 2_000,
        end: hostLost,
        lines: [`##twinhull ${nonce('a')} 1.00 hello 1 1 key-1`, `##twinhull ${nonce('a')} 1.00 begin tools -`, 'one'],
      }),
      scriptedRun({
        milliseconds: 2_000,
        end: { exitCode: 0 },
        lines: [`##twinhull ${nonce('b')} 9.00 hello 1 9 key-2`, `##twinhull ${nonce('b')} 9.00 begin clone -`, 'two'],
        lastLines: [`##twinhull ${nonce('b')} 9.50 end clone - 0`],
      }),
    ],
  };

  it('continues with the second run, whose marks replace those of the first', async () => {
    const bed = await freshBed({ job });
    const backend = bed.backend();
    const { id } = await backend.submit(request());
    const reader = new LogReader();
    const marks = [];
    for await (const { text } of backend.readLog(id, { follow: true })) marks.push(...reader.read(text));
    expect(marks.map(({ verb }) => verb)).toEqual(['hello', 'begin', 'again', 'hello', 'begin', 'end']);
    expect(marks[2]).toMatchObject({ text: expect.stringContaining('Host EC2') });
    const { phases, tail } = reader.report();
    expect(phases).toEqual([{ phase: 'clone', image: undefined, startSeconds: 0, seconds: 0.5, exitCode: 0 }]);
    expect(tail).toEqual(['two']);
    expect((await backend.describe([id])).get(id)).toMatchObject({ state: 'succeeded', jobKey: `${id}-2` });
  });

  it('can be resumed between the runs by another process', async () => {
    const bed = await freshBed({ job });
    const { id } = await bed.backend().submit(request());
    const chunks = [];
    for await (const chunk of bed.backend().readLog(id, { follow: true })) chunks.push(chunk);
    const whole = chunks.map(({ text }) => text).join('');
    let read = '';
    for (const { text, cursor } of chunks) {
      read += text;
      let rest = '';
      for await (const chunk of bed.backend().readLog(id, { follow: false, cursor })) rest += chunk.text;
      expect(read + rest).toBe(whole);
    }
  });
});

it('caches job descriptions only while it watches events', async () => {
  const bed = await freshBed();
  const backend = bed.backend();
  const { id } = await backend.submit(request());
  await pollUntil('the end of the job', async () => (await backend.describe([id])).get(id)?.finishedAt !== undefined);
  const readLog = async () => {
    const before = bed.standIn.calls.get('DescribeJobs') ?? 0;
    for await (const { text } of backend.readLog(id, { follow: false })) expect(text).toBe('');
    return (bed.standIn.calls.get('DescribeJobs') ?? 0) - before;
  };
  const stop = new AbortController();
  const nothing = { changed: () => undefined, onConnectionChange: () => undefined, unusable: () => undefined };
  await backend.watch({ ...nothing, undeleted: () => undefined }, stop.signal);
  expect(await readLog()).toBe(1);
  expect(await readLog()).toBe(0);
  stop.abort();
  expect(await readLog()).toBe(1);
});

it('resumes a log whose token has expired', async () => {
  const lines = Array.from({ length: 25 }, (_, n) => `line ${String(n)}`);
  const job = { runs: [scriptedRun({ milliseconds: 0, end: { exitCode: 0 }, lines })] };
  const bed = await freshBed({ job, logPageEvents: 10 });
  const { id } = await bed.backend().submit(request());
  await endOf(bed, id);
  let read = '';
  for await (const { text, cursor } of bed.backend().readLog(id, { follow: false })) {
    read += text;
    bed.standIn.api.logs.expireTokens();
    let rest = '';
    for await (const chunk of bed.backend().readLog(id, { follow: false, cursor })) rest += chunk.text;
    expect(read + rest).toBe(lines.map((line) => `${line}\n`).join(''));
  }
});
