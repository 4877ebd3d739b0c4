import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { docker, dockerClient } from '../../lab/engine-client.ts';
import { run } from '../../lab/run.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';

/** The first user's own script, unchanged. */
const script = readFileSync(
  new URL('../../examples/vecoli-mini/runscripts/container/build-and-push-ecr.sh', import.meta.url),
  'utf8',
);

/** Debian with stand-ins for apt-get and Java, so that the preset's own submit image takes a second. */
const javaDockerfile = (debian: string): string => `FROM ${debian}
RUN mkdir -p /usr/lib/jvm/java/bin /usr/lib/jvm/java/lib && printf '#!/bin/sh\\n' | tee /usr/lib/jvm/java/bin/java >/usr/local/sbin/apt-get \\
 && chmod +x /usr/lib/jvm/java/bin/java /usr/local/sbin/apt-get && ln -s /usr/lib/jvm/java/bin/java /usr/bin/java
`;

describe('the preset vecoli on a Docker Engine', () => {
  let bed: E2eBed;
  let build: BuildJson;
  let log: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const { url } = await bed.repository({
      'runscripts/container/build-and-push-ecr.sh': { mode: '100755', content: script },
      'runscripts/container/Dockerfile': `FROM ${bed.lab.images.busybox}\nARG git_hash\nRUN echo "$git_hash $(uname -m)" >/built\n`,
    });
    const javaImage = `${bed.destination}:java`;
    const client = (words: readonly string[], input = '') =>
      run(dockerClient(), ['--host', bed.lab.engine.host, ...words], { input, env: { DOCKER_BUILDKIT: '1' } });
    await client(['build', '--quiet', '--tag', javaImage, '-'], javaDockerfile(bed.lab.images.debian));
    await client(['push', '--quiet', javaImage]);
    const options = { javaImage, nextflow: bed.lab.nextflow };
    const recipe = await bed.file(stringify({ version: 1, preset: 'vecoli', with: options }));
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
    log = ran.stderr;
  });

  afterAll(async () => {
    const images = await docker(bed.lab.engine.host, ['image', 'ls', '--quiet', bed.destination]);
    for (const id of new Set(images.split('\n').filter(Boolean)))
      await docker(bed.lab.engine.host, ['image', 'rm', '--force', id]);
    await bed.dispose();
  });

  async function output(tag: string, platform: string, ...command: readonly string[]): Promise<string> {
    const image = `${bed.destination}:${tag}`;
    const words = ['run', '--rm', '--pull', 'always', '--platform', platform, image, ...command];
    return (await docker(bed.lab.engine.host, words)).trim();
  }

  it('publishes the task image for both platforms and the submit image for one', async () => {
    expect(build.state).toBe('published');
    expect(await bed.registry.published()).toEqual([build.commit, `${build.commit}-submit`, 'java']);
    const index = await bed.registry.manifest(build.commit);
    expect(index.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
    expect(index.manifests?.[0]?.digest).toBe(build.images.find(({ image }) => image === 'task')?.digest);
  });

  it('shows no warning of the engine about the preset’s own Dockerfile', () => {
    expect(log).toContain('nextflow version');
    expect(log).not.toContain('InvalidDefaultArgInFrom');
  });

  it('publishes images that run', async () => {
    expect(await output(build.commit, 'linux/arm64', 'cat', '/built')).toBe(`${build.commit} aarch64`);
    expect(await output(build.commit, 'linux/amd64', 'cat', '/built')).toBe(`${build.commit} x86_64`);
    const launched = await output(`${build.commit}-submit`, 'linux/amd64');
    expect(launched).toContain(`nextflow version ${bed.lab.nextflow.version}`);
  });
});
