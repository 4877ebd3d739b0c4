import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { labHome, labPaths } from '../../lab/home.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { registerJobDefinition } from '../helpers/own-job-definition.ts';

/** Test results reach the image through a mount of the checkout, and one of a temporary folder. */
const script = (busybox: string): string => `#!/bin/bash
set -e
made=$(mktemp -d)
docker run --rm -v "$PWD":/work -v "$made:/made" -w /work ${busybox} sh -c 'cp input.txt output.txt; echo made >/made/too'
docker run --rm --mount type=bind,src="$PWD",dst=/work ${busybox} cat /work/output.txt "/work/input.txt"
cp "$made/too" .
code=0
docker run --rm -v /etc:/host ${busybox} true || code=$?
echo "mount of /etc: $code"
echo "where $PWD mode $(stat -c %a ..)"
docker build -t "$1/$2:$3" .
docker push "$1/$2:$3"
`;

const recipe = (platforms: readonly string[]): string =>
  stringify({
    version: 1,
    name: 'mounts',
    images: {
      app: {
        platforms,
        script: { path: 'build.sh', args: ['{registry}', '{repository}', '{tag}'] },
        verify: [
          ['grep', 'from the commit', '/output.txt'],
          ['grep', 'made', '/too'],
        ],
        tags: ['{commit}'],
      },
    },
  });

describe('a script on AWS Batch that mounts its checkout', () => {
  const builds = labPaths(labHome()).buildsFolder;
  const dead = join(builds, `${randomUUID()}-1`);
  let aws: AwsE2eBed;
  let build: BuildJson;
  let log: string;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    mkdirSync(join(dead, 'source'), { recursive: true });
    writeFileSync(join(dead, 'source/file'), 'left by a job that was killed');
    const { url } = await aws.bed.repository({
      'build.sh': script(aws.lab.images.busybox),
      'input.txt': 'from the commit\n',
      Dockerfile: `FROM ${aws.lab.images.busybox}\nCOPY output.txt too /\n`,
    });
    const file = await aws.bed.file(recipe(['linux/arm64', 'linux/amd64']));
    const ran = await aws.bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', file, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
    log = (await aws.bed.run(['logs', build.id])).stdout;
  });

  afterAll(() => aws.dispose());

  it('finds its files in the containers, and what they wrote in the checkout, on both platforms', async () => {
    expect(build.state).toBe('published');
    expect(await aws.registry.published()).toEqual([build.commit]);
    expect(log.match(/from the commit\n.*from the commit$/gm)).toHaveLength(2);
  });

  it('may mount no other folder of its container', () => {
    expect(log.match(/twinhull: \/etc cannot be mounted: .*/g)).toHaveLength(2);
    expect(log.match(/mount of \/etc: 125/g)).toHaveLength(2);
  });

  it('works in a folder of its own, closed to other users and removed with the job', async () => {
    const places = [...log.matchAll(/where (\S+) mode 700/g)].map(([, place = '']) => place);
    const jobs = [...(await aws.jobs(build.id)).values()];
    expect(jobs).toHaveLength(2);
    const keys = jobs.map(({ jobId }) => `${jobId ?? ''}-1`);
    expect(places.sort()).toEqual(keys.map((key) => join(builds, key, 'source')).sort());
    for (const key of keys) expect(existsSync(join(builds, key))).toBe(false);
  });

  it('removes the folder of a job that was killed', () => {
    expect(existsSync(dead)).toBe(false);
  });

  it('is refused its mounts, with the reason, by a job definition of an earlier release', async () => {
    const shared = 'TWINHULL_SHARED_FOLDER';
    const earlier = await registerJobDefinition(aws, ({ environment, mountPoints, volumes }) => ({
      environment: environment?.filter(({ name }) => name !== shared) ?? [],
      mountPoints: mountPoints?.filter(({ sourceVolume }) => sourceVolume !== 'builds') ?? [],
      volumes: volumes?.filter(({ name }) => name !== 'builds') ?? [],
    }));
    const { url } = await aws.bed.repository({ 'build.sh': script(aws.lab.images.busybox), 'input.txt': '' });
    const file = await aws.bed.file(recipe(['linux/amd64']));
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', file, '--json'];
    const ran = await aws.bed.run(words, { env: { BUILD_JOB_DEFINITION: earlier.name } });
    await earlier.remove();
    expect(ran.exitCode, ran.stderr).toBe(1);
    const failed = JSON.parse(ran.stdout) as BuildJson;
    expect(failed.failure).toMatchObject({ reason: 'step-failed', phase: 'build' });
    const { stdout } = await aws.bed.run(['logs', failed.id]);
    expect(stdout).toContain('twinhull: /tmp/twinhull/source cannot be mounted');
  });
});
