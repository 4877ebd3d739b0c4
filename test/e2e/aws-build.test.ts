import { readFileSync } from 'node:fs';
import type { JobDetail } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import type { Ran } from '../helpers/e2e-bed.ts';

/** The first user's own script, unchanged. */
const script = readFileSync(
  new URL('../../examples/vecoli-mini/runscripts/container/build-and-push-ecr.sh', import.meta.url),
  'utf8',
);

/** The structure of the preset `vecoli`, on images that take a second. */
function recipe(): string {
  return stringify({
    version: 1,
    name: 'vecoli',
    images: {
      task: {
        script: {
          path: 'runscripts/container/build-and-push-ecr.sh',
          args: ['-i', '{tag}', '-r', '{repository}', '-R', '{region}'],
          env: { USER: 'sms-api' },
        },
        tags: ['{commit}'],
      },
      submit: {
        from: 'task',
        platforms: ['linux/amd64'],
        dockerfile: { inline: 'ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRUN echo launcher >/launcher\n', cache: false },
        verify: [['cat', '/launcher']],
        tags: ['{commit}-submit'],
      },
    },
  });
}

describe('the first user’s build on AWS Batch', () => {
  let aws: AwsE2eBed;
  let words: readonly string[];
  let ran: Ran;
  let build: BuildJson;
  let jobs: ReadonlyMap<Platform, JobDetail>;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    const { url } = await aws.bed.repository({
      'runscripts/container/build-and-push-ecr.sh': { mode: '100755', content: script },
      'runscripts/container/Dockerfile': `FROM ${aws.lab.images.busybox}\nARG git_hash\nRUN echo "$git_hash" >/commit; uname -m >/machine\n`,
    });
    const file = await aws.bed.file(recipe());
    words = ['build', '--repository', url, '--ref', 'main', '--recipe', file, '--json'];
    ran = await aws.bed.run(words);
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
    jobs = await aws.jobs(build.id);
  });

  afterAll(() => aws.dispose());

  it('publishes both images at ECR, the task image for both platforms', async () => {
    expect(build.state).toBe('published');
    expect(build.destination).toBe(aws.ecr.uri);
    expect(await aws.registry.published()).toEqual([build.commit, `${build.commit}-submit`]);
    const index = await aws.registry.manifest(build.commit);
    expect(index.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
    const digestOf = (image: string) => build.images.find((one) => one.image === image)?.digest;
    expect(index.manifests?.[0]?.digest).toBe(digestOf('task'));
    expect(await aws.registry.digest(`${build.commit}-submit`)).toBe(digestOf('submit'));
  });

  it('runs each platform’s job in its queue, without USER in its container', () => {
    const { settings } = aws.lab.aws;
    expect(jobs.get('linux/arm64')?.jobQueue).toMatch(new RegExp(`/${settings['BUILD_ARM64_QUEUE'] ?? ''}$`));
    expect(jobs.get('linux/amd64')?.jobQueue).toMatch(new RegExp(`/${settings['BUILD_AMD64_QUEUE'] ?? ''}$`));
    for (const job of jobs.values()) {
      expect(job.status).toBe('SUCCEEDED');
      expect(job.container?.environment?.map(({ name }) => name)).not.toContain('USER');
    }
  });

  it('runs the unchanged script, but skips the push of a tag that both platforms would race for', async () => {
    const logs = await aws.bed.run(['logs', build.id]);
    expect(logs.stdout.match(/Login Succeeded/g)).toHaveLength(2);
    for (const platform of ['arm64', 'amd64'])
      expect(logs.stdout).toMatch(new RegExp(`pushed ${aws.ecr.uri}:staging-task-${platform}-[0-9a-f-]{36}-1`));
    expect(logs.stdout.match(/push of \S+:latest skipped/g)).toHaveLength(2);
    expect(await aws.registry.tags()).not.toContain('latest');
  });

  it('prints in `logs` the lines of CloudWatch', async () => {
    const { region, endpoint } = aws.lab.aws;
    const credentials = { accessKeyId: 'lab', secretAccessKey: 'lab' };
    const cloudWatch = new CloudWatchLogsClient({ region, endpoint, credentials });
    const stream = jobs.get('linux/arm64')?.container?.logStreamName;
    const read = new GetLogEventsCommand({
      logGroupName: '/aws/batch/job',
      logStreamName: stream,
      startFromHead: true,
    });
    const { events = [] } = await cloudWatch.send(read);
    cloudWatch.destroy();
    const pushed = events.map(({ message = '' }) => message).filter((line) => line.startsWith('The push refers to'));
    // The image, then its layer cache.
    expect(pushed).toHaveLength(2);
    const logs = await aws.bed.run(['logs', build.id, '--platform', 'linux/arm64']);
    expect(logs.stdout.match(/The push refers to.*/g)).toEqual(pushed);
    expect(build.jobs[0]?.attempts[0]?.phases.map(({ phase }) => phase)).toEqual([
      ...['tools', 'engine', 'secret', 'clone', 'checkout', 'login', 'build', 'push', 'cleanup'],
    ]);
  });

  it('is not built again while its images exist', async () => {
    const again = await aws.bed.run(words);
    expect(again.exitCode).toBe(0);
    expect((JSON.parse(again.stdout) as BuildJson).id).toBe(build.id);
  });

  it('is refused with --force before anything is built: the tag of a commit never moves', async () => {
    const forced = await aws.bed.run([...words, '--force']);
    expect(forced.exitCode).toBe(2);
    expect(forced.stderr).toContain('[TagImmutable]');
    expect(await aws.bed.builds()).toHaveLength(1);
  });

  it('can be promoted to a moving tag of the repository', async () => {
    const promoted = await aws.bed.run(['promote', build.commit, '--tag', 'latest']);
    expect(promoted.exitCode, promoted.stderr).toBe(0);
    expect(await aws.registry.digest('latest')).toBe(await aws.registry.digest(build.commit));
  });
});
