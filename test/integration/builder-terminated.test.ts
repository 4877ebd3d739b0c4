import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, it } from 'vitest';
import { terminatedExitCode } from '../../src/builder/contract.ts';
import { BuilderBed, type BuilderJob, type RunningJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { imageTags } from '../helpers/image-tags.ts';
import { pollUntil } from '../helpers/poll-until.ts';

/** Identifies the process in the list of processes. */
const sleep = `${randomInt(100_000, 999_999)}`;
/** As printed by a container, a wrapped tool or BuildKit. */
const holding = /^(?:#\d+ [\d.]+ )?holding(?: .*)?$/m;
const step = dockerfileStep('task');
const hold = (tool: string): Partial<BuilderJob> => ({ environment: { TEST_HOLD: tool, TEST_SLEEP: sleep } });

describe.concurrent('a job that is terminated', () => {
  let bed: BuilderBed;
  let images: { instrumented: string; alpineLike: string };
  let source: { url: string; commit: string };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    const [instrumented, alpineLike] = await Promise.all([bed.image('instrumented'), bed.image('alpineLike')]);
    images = { instrumented, alpineLike };
    const base = `FROM ${bed.lab.images.busybox}\n`;
    source = await bed.repository({
      Dockerfile: `${base}RUN date +%N%s >/it\n`,
      'slow/Dockerfile': `${base}RUN echo holding && sleep ${sleep}\n`,
      'quick.sh': `set -- "$1/$2:$3"; docker build -q --no-cache -t "$1" -t "\${1%:*}:latest" . && docker push -q "$1"\n`,
      'build.sh': `docker build -q -t "$1:latest" -t "$1:$2" . && docker push -q "$1:$2"
        docker run -d ${bed.lab.images.busybox} sleep ${sleep}
        (trap '' TERM; setsid sleep ${sleep}) & docker run ${bed.lab.images.busybox} sh -c 'echo holding; sleep ${sleep}'\n`,
    });
    return async () => await bed.dispose();
  });

  const secretId = { TWINHULL_GIT_SECRET_ID: 'pat' };
  const phases: readonly (readonly [string, Partial<BuilderJob>])[] = [
    ['tools', hold('apk add')],
    ['engine', hold('docker version')],
    ['secret', { environment: { ...hold('aws get-secret-value').environment, ...secretId } }],
    ['clone', hold('git fetch')],
    ['checkout', hold('git checkout')],
    ['login', hold('docker login')],
    ['build', { steps: [dockerfileStep('task', { build: { dockerfile: { path: 'slow/Dockerfile' } } })] }],
    ['build', { steps: [scriptStep('task', 'build.sh', { build: { arguments: ['REPOSITORY', '{tag}'] } })] }],
    [
      'build',
      { steps: [scriptStep('task', 'build.sh', { build: { arguments: ['REPOSITORY', '{tag}'] } })], script: asChild },
    ],
    ['verify', { steps: [{ ...step, verify: [['sh', '-c', `echo holding; sleep ${sleep}`]] }] }],
    ['push', hold('docker push')],
  ];

  it.for(phases.map(([phase, change], index) => [phase, change, index] as const))(
    'leaves nothing behind in the phase %s',
    async ([phase, change, index], { expect }) => {
      const destination = `${bed.destination}-${index}`;
      const job = await bed.start({
        ...source,
        steps: [step],
        image: phase === 'tools' ? images.alpineLike : images.instrumented,
        credentials: { username: 'robot', password: 'canary-password' },
        secrets: { npm: 'canary-secret' },
        destination,
        ...withRepository(change, destination),
      });
      await bed.waitForLog(job, holding);
      await job.container.stop({ t: 600 });
      const ended = await job.ended();
      expect(ended.exitCode).toBe(terminatedExitCode);
      expect(ended.marks.at(-3)).toMatchObject({ verb: 'note', text: 'terminated' });
      expect(ended.marks).toContainEqual(expect.objectContaining({ verb: 'end', phase, exitCode: terminatedExitCode }));
      expect(ended.marks.at(-1)).toMatchObject({ verb: 'end', phase: 'cleanup', exitCode: 0 });
      expect(await bed.leftovers(job.key, destination)).toEqual([]);
      for (const path of ['/run/twinhull/git-token', '/run/twinhull/secrets', '/tmp/twinhull', '/dev/shm/twinhull']) {
        await expect(job.container.getArchive({ path })).rejects.toThrow(/404/);
      }
    },
  );

  it.for(Array.from({ length: 10 }, (_, index) => index))(
    'leaves nothing behind at any moment (%i)',
    async (index, { expect }) => {
      const destination = `${bed.destination}-moment-${index}`;
      const delay = randomInt(2000);
      const steps = [scriptStep('task', 'quick.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })];
      const job = await bed.start({ ...source, steps, destination });
      await bed.waitForLog(job, / end engine - 0$/m);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await job.container.stop({ t: 600 });
      const { exitCode, log } = await job.ended();
      expect([0, terminatedExitCode], log).toContain(exitCode);
      expect(await bed.leftovers(job.key, destination), `after ${delay} ms:\n${log}`).toEqual([]);
    },
  );
});

describe('all of these jobs', () => {
  it('leave no process, not even one of an image build', async () => {
    await pollUntil('the end of all processes', async () => (await processesWith(sleep)) === 0);
  });
});

describe.concurrent('a job that was killed', () => {
  let bed: BuilderBed;
  let source: { url: string; commit: string };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    source = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN date +%N%s >/it\n`,
      'fail.sh': 'exit 1\n',
    });
    return async () => await bed.dispose();
  });

  it('is cleaned up by the next one, which spares running and unknown jobs', async ({ expect }) => {
    const stuck = [{ ...dockerfileStep('task'), verify: [['sh', '-c', 'echo holding; sleep 600']] }];
    const [dead, alive] = await Promise.all(
      ['dead', 'alive'].map(async (name) => {
        const job = await bed.start({ ...source, steps: stuck, destination: `${bed.destination}-${name}` });
        await bed.waitForLog(job, holding);
        return job;
      }),
    );
    if (dead === undefined || alive === undefined) throw new Error('two jobs were started');
    const stranger = await tagOfAStranger(bed, alive);
    const before = await bed.leftovers(alive.key);
    expect(before).toHaveLength(2);
    expect(await bed.leftovers(dead.key)).toHaveLength(2);
    await dead.container.kill();
    await bed.run({ ...source, steps: [scriptStep('task', 'fail.sh')] });
    expect(await bed.leftovers(dead.key)).toEqual([]);
    expect(await bed.leftovers(alive.key)).toEqual(before);
    const { Id } = await bed.docker.getImage(stranger).inspect();
    expect(Id).toMatch(/^sha256:/);
    await alive.container.stop({ t: 600 });
  });
});

/** Fills in where the job pushes to. */
function withRepository(change: Partial<BuilderJob>, destination: string): Partial<BuilderJob> {
  if (change.steps === undefined) return change;
  const steps = JSON.stringify(change.steps).replaceAll('"REPOSITORY"', JSON.stringify(destination));
  return { ...change, steps: JSON.parse(steps) };
}

/** Not as PID 1, as with `docker run --init`. */
function asChild(script: string): string {
  const start = `cat >/tmp/child.sh <<'THE SCRIPT'\n${script}THE SCRIPT\nsh /tmp/child.sh & child=$!\n`;
  return `${start}trap 'kill -TERM $child' TERM\nwait $child\nwait $child\n`;
}

/** A tag much like ours that was put by others. */
async function tagOfAStranger(bed: BuilderBed, job: RunningJob): Promise<string> {
  const image = (await imageTags(bed.docker)).find((tag) => tag.endsWith(job.key));
  if (image === undefined) throw new Error('the job has no image');
  const repo = `${bed.lab.registry.host}/${bed.name}/mine`;
  await bed.docker.getImage(image).tag({ repo, tag: 'staging-web-amd64-latest' });
  return `${repo}:staging-web-amd64-latest`;
}

async function processesWith(argument: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.split('\0').includes(argument)).length;
}
