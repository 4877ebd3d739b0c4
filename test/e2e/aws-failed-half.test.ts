import type { JobDetail } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import type { Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { pollUntil } from '../helpers/poll-until.ts';

describe('a build on AWS Batch whose arm64 half fails while the amd64 half is still running', () => {
  let aws: AwsE2eBed;
  let ran: Ran;
  let build: BuildJson;
  let jobs: ReadonlyMap<Platform, JobDetail>;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    const dockerfile = [
      `FROM ${aws.lab.images.busybox}`,
      `RUN echo the culprit ${aws.bed.name}; test "$(uname -m)" != aarch64 || exit 7`,
      'RUN i=0; while [ "$i" -lt 120 ]; do sleep 1; echo "second $i"; i=$((i + 1)); done',
    ];
    const { url } = await aws.bed.repository({ Dockerfile: `${dockerfile.join('\n')}\n` });
    const recipe = await aws.bed.file(oneImage());
    ran = await aws.bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    build = JSON.parse(ran.stdout) as BuildJson;
    jobs = await aws.jobs(build.id);
  });

  afterAll(() => aws.dispose());

  it('fails, and publishes nothing', async () => {
    expect(ran.exitCode).toBe(1);
    expect(build.state).toBe('failed');
    expect(await aws.registry.published()).toEqual([]);
  });

  it('terminates the other half in Batch, and leaves no container of it', async () => {
    expect(build.jobs.map(({ platform, state }) => [platform, state])).toEqual([
      ['linux/arm64', 'failed'],
      ['linux/amd64', 'stopped'],
    ]);
    const sibling = jobs.get('linux/amd64');
    expect(sibling?.status).toBe('FAILED');
    expect(sibling?.statusReason).toContain('the other job of the build failed');
    await pollUntil('the containers of both jobs are gone', async () => {
      const containers = await aws.bed.docker.listContainers({ all: true });
      return !containers.some(({ Names }) => Names.some((name) => name.includes(build.id)));
    });
  });

  it('reports queue, platform, phase, exit code, reason and the last lines', () => {
    const summary = ran.stderr.slice(ran.stderr.indexOf('failed: one at'));
    expect(summary).toMatch(/^ {2}platform {3}linux\/arm64$/m);
    expect(summary).toMatch(/^ {2}queue {6}vecoli-build-arm64$/m);
    expect(summary).toMatch(/^ {2}phase {6}build$/m);
    expect(summary).toMatch(/^ {2}exit code {2}7$/m);
    expect(summary.replace(/\s+/g, ' ')).toContain(`docker build failed at \`echo the culprit ${aws.bed.name};`);
    expect(summary).toMatch(new RegExp(`^ {4}\\S #\\d+ \\d\\.\\d+ the culprit ${aws.bed.name}$`, 'm'));
    expect(build.failure).toMatchObject({
      code: 'JobFailed',
      platform: 'linux/arm64',
      queue: expect.stringContaining('vecoli-build-arm64'),
      phase: 'build',
      exitCode: 7,
      infrastructure: false,
    });
  });
});
