import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep } from '../helpers/builder-steps.ts';
import { agentCleanUp, hostAgentSettings } from '../helpers/ecs-agent-cleanup.ts';
import { imageTags } from '../helpers/image-tags.ts';

const hour = 3_600_000;
const settings = hostAgentSettings({ longestJob: Duration.hours(3), commands: [] });

let bed: BuilderBed;
let source: { url: string; commit: string };
/** The job's builder image, and one of a job before, as if the agent had pulled both long ago. */
let builder: string;
let unused: string;

beforeAll(async () => {
  bed = await BuilderBed.open();
  source = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name} >/name\n` });
  [builder, unused] = [`${bed.name}-agent:builder`, `${bed.name}-agent:unused`];
  for (const [from, tag] of [
    [bed.lab.images.builder, 'builder'],
    [bed.lab.images.busybox, 'unused'],
  ] as const)
    await bed.docker.getImage(from).tag({ repo: `${bed.name}-agent`, tag });
});

afterAll(async () => {
  for (const tag of [builder, unused])
    await bed.docker
      .getImage(tag)
      .remove({ force: true })
      .catch(() => undefined);
  await bed.dispose();
});

/** A build during which the agent cleans up all the time. To it, what was made before the build is over an hour old. */
async function build(agent: Readonly<Record<string, string>>) {
  const started = Date.now();
  const pulled = [builder, unused].map((name) => ({ name, pulledAt: started - 24 * hour }));
  const job = await bed.start({ ...source, image: builder, steps: [dockerfileStep('task')] });
  const removed: string[] = [];
  let ended: EndedJob | undefined;
  const end = job.ended().then((value) => (ended = value));
  const host = { docker: bed.docker, settings: agent, pulled, others: bed.destination, now: started + hour };
  while (ended === undefined) removed.push(...(await agentCleanUp(host)));
  const { exitCode, log, key } = await end;
  return { exitCode, log, removed, tag: `staging-task-amd64-${key}` };
}

it('the agent removes the image of a cached build before its push where it cleans up what it did not pull', async () => {
  const agent = { ...settings, ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP: 'true' };
  const fresh = await build(agent);
  expect([fresh.exitCode, fresh.removed], fresh.log).toEqual([0, [unused]]);
  const cached = await build(agent);
  expect(cached.exitCode, cached.log).not.toBe(0);
  expect(cached.removed).toEqual([expect.stringContaining(cached.tag)]);
});

it('it removes no image of a job on the hosts of the stack, which it would by age', async () => {
  await bed.docker.getImage(bed.lab.images.busybox).tag({ repo: `${bed.name}-agent`, tag: 'unused' });
  const { exitCode, log, removed, tag } = await build(settings);
  expect([exitCode, removed], log).toEqual([0, [unused]]);
  expect(log).toContain('CACHED');
  expect(await imageTags(bed.docker)).toContain(builder);
  expect(await bed.pushedDigest(bed.destination, tag)).toMatch(/^sha256:/);
});
