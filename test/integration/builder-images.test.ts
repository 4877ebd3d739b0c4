import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { stagingTag } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { readRecorded } from '../helpers/builder-images.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';

const script = `set -eu
uri=$(aws ecr describe-repositories --repository-names "$4" --region "$6" | grep '"repositoryUri": ' | cut -d'"' -f4)
aws ecr get-login-password --region "$6" | docker login --username AWS --password-stdin "\${uri%%/*}"
docker build -t "$uri:$2" -t "$uri:latest" --build-arg BY="$USER" .
docker push "$uri:$2"
docker push "$uri:latest"
`;

const task = scriptStep('task', 'build.sh', {
  build: {
    arguments: ['-i', '{tag}', '-r', '{repository}', '-R', '{region}'],
    environment: { USER: 'sms api\n$(id)' },
  },
  verify: [['sh', '-c', 'cat /by; uname -m']],
});
const submit = dockerfileStep('submit', {
  from: { image: 'task', argument: 'BASE' },
  build: {
    dockerfile: { path: 'submit/Dockerfile' },
    target: 'final',
    arguments: { WORDS: 'a "b" $(c)\n`d`' },
    secrets: ['npm'],
    cache: true,
  },
  verify: [['grep', '-q', 'secret of npm', '/proof']],
});
const inline = dockerfileStep('inline', {
  from: { image: 'submit', argument: 'BASE' },
  build: { dockerfile: { inline: 'ARG BASE\nFROM ${BASE}\nCOPY . /all\n' }, context: 'submit' },
  verify: [['ls', '/all/Dockerfile']],
});

describe.concurrent('the images of a job', () => {
  let bed: BuilderBed;
  let source: { url: string; commit: string };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    source = await bed.repository({
      'build.sh': script,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nARG BY\nRUN echo "$BY" >/by\n`,
      'submit/Dockerfile': [
        'ARG BASE',
        'FROM ${BASE} AS final',
        'ARG WORDS',
        'RUN --mount=type=secret,id=npm cp /run/secrets/npm /proof && echo "$WORDS" >/words',
        'FROM final AS other',
        'RUN exit 1',
      ].join('\n'),
    });
    return async () => await bed.dispose();
  });

  async function expectImages(job: EndedJob, platform: Platform, destination: string, key = job.key): Promise<void> {
    expect(job.log).toMatch(/cleanup - 0\n$/);
    expect(job.exitCode).toBe(0);
    for (const image of ['task', 'submit', 'inline']) {
      expect(await bed.pushedPlatform(destination, stagingTag(image, platform, key))).toBe(platform);
    }
    expect(await bed.leftovers(key, destination)).toEqual([]);
  }

  it.for(['linux/amd64', 'linux/arm64'] as const)(
    'are built, verified and pushed for %s in dash',
    async (platform, { expect }) => {
      const destination = `${bed.destination}-${platform.slice(6)}`;
      const secrets = { npm: 'secret of npm' };
      const job = await bed.run({ ...source, platform, steps: [task, submit, inline], secrets, destination });
      await expectImages(job, platform, destination);
      expect(job.log).toContain(`sms api\n$(id)\n${platform === 'linux/arm64' ? 'aarch64' : 'x86_64'}\n`);
      expect(job.log).toContain(`push of ${destination}:latest skipped`);
      expect(job.notes).toEqual(platform === 'linux/arm64' ? ['emulated: linux/arm64 on linux/amd64'] : []);
      const phases = job.marks.flatMap((mark) => (mark.verb === 'begin' ? [`${mark.phase} ${mark.image ?? '-'}`] : []));
      expect(phases).toEqual([
        ...['tools -', 'engine -', 'secret -', 'clone -', 'checkout -', 'login -'],
        ...['task', 'submit', 'inline'].flatMap((image) => [`build ${image}`, `verify ${image}`, `push ${image}`]),
        'cleanup -',
      ]);
    },
  );

  it('are built as in AWS: in an image like Alpine, by `sh -c`, after apk installed missing tools', async ({
    expect,
  }) => {
    const destination = `${bed.destination}-ash`;
    const batchJob = randomUUID();
    const job = await bed.run({
      ...source,
      image: await bed.image('alpineLike'),
      script: withoutJobKey,
      environment: { AWS_BATCH_JOB_ID: batchJob, AWS_BATCH_JOB_ATTEMPT: '2' },
      kind: 'ecr',
      steps: [task, submit, inline],
      secrets: { npm: 'secret of npm' },
      destination,
    });
    await expectImages(job, 'linux/amd64', destination, `${batchJob}-2`);
    const apk = (await readRecorded(job.container)).filter(({ command }) => command[0] === 'apk');
    expect(apk.map(({ command }) => command.join(' '))).toEqual(['apk add --no-cache git bash curl aws-cli']);
  });

  it('have their login fetched in parallel with the clone', async ({ expect }) => {
    const job = await bed.run({
      ...source,
      image: await bed.image('instrumented'),
      environment: { TEST_HOLD: 'git fetch', TEST_SLEEP: '3' },
      kind: 'ecr',
      steps: [task],
      destination: `${bed.destination}-early`,
    });
    expect(job.reason).toBe('commit-not-found');
    const aws = (await readRecorded(job.container)).filter(({ command }) => command[0] === 'aws');
    expect(aws.map(({ command }) => command.slice(1, 3).join(' '))).toEqual(['ecr get-login-password']);
  });

  it('have their login renewed without the first one, which may never have come', async ({ expect }) => {
    const destination = `${bed.destination}-renewed`;
    const job = await bed.run({
      ...source,
      image: await bed.image('instrumented'),
      // The first call of aws hangs, each login counts as old, and the wait for the first one shows in the log.
      environment: { TEST_HOLD: 'aws ecr', TEST_SLEEP: '600' },
      script: (text) =>
        text
          .replace('sleep 0.1', 'echo waiting >/proc/1/fd/1')
          .replace('-lt 21600', '-lt 0')
          .replace('\ndo_login() {\n', '\ndo_login() {\n  unset TEST_HOLD\n'),
      kind: 'ecr',
      steps: [dockerfileStep('app')],
      destination,
    });
    expect(job.exitCode, job.log).toBe(0);
    const [before = '', after = ''] = job.log.split(/^##twinhull .* end login .*$/m);
    expect(before).toContain('holding aws ecr');
    expect(before.match(/^waiting$/gm)).toHaveLength(300);
    expect(after).not.toContain('waiting');
    const aws = (await readRecorded(job.container)).filter(({ command }) => command[0] === 'aws');
    expect(aws).toHaveLength(4);
  });
});

/** As on AWS Batch, where the orchestrator puts no job key into the container. */
function withoutJobKey(script: string): string {
  return `rm /run/twinhull/job-key\n${script}`;
}
