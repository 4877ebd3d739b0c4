import { randomUUID } from 'node:crypto';
import { beforeAll, describe, it } from 'vitest';
import { BuilderBed, type BuilderJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { troubledRegistry } from '../helpers/troubled-registry.ts';

describe.concurrent('docker in scripts and steps', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  async function source(text: string) {
    return await bed.repository({
      'build.sh': `set -eu; set -- "$1/$2:$3"\n${text}\n`,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL it=${randomUUID()}\nRUN uname -m >/machine\n`,
    });
  }

  /** `$1` is the whole reference of the staging tag. */
  async function script(text: string, change: Partial<BuilderJob> = {}) {
    const repository = await source(text);
    const destination = `${bed.destination}-${repository.commit.slice(0, 12)}`;
    const steps = [scriptStep('task', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })];
    const ended = await bed.run({ ...repository, steps, destination, ...change });
    return { ...ended, destination, left: await bed.leftovers(ended.key, destination) };
  }

  const withoutBuildKit = 'DOCKER_BUILDKIT=0 docker build -t "$1" . && docker push "$1"';

  it('builds without BuildKit', async ({ expect }) => {
    const ended = await script(withoutBuildKit);
    expect(ended, ended.log).toMatchObject({ exitCode: 0, left: [] });
    expect(ended.log).toContain('Successfully tagged');
  });

  // An old engine uses the base that it has, even of another platform.
  it('refuses an image of another platform, which an engine may build without BuildKit', async ({ expect }) => {
    const ended = await script(withoutBuildKit, { platform: 'linux/arm64' });
    expect(ended.left).toEqual([]);
    const tag = `staging-task-arm64-${ended.key}`;
    if (ended.exitCode === 0) expect(await bed.pushedPlatform(ended.destination, tag)).toBe('linux/arm64');
    else expect(ended.reason, ended.log).toBe('wrong-platform');
  });

  describe('with a registry that has transient errors', () => {
    it.for([500, 503])('pushes again after %i', async (status, { expect }) => {
      const registry = await troubledRegistry(bed.lab.registry.host, status);
      const destination = `${registry.host}/${bed.name}/trouble-${status}`;
      const ended = await bed.run({ ...(await source('')), steps: [dockerfileStep('task')], destination });
      await registry.close();
      expect(ended, ended.log).toMatchObject({ exitCode: 0 });
      expect(registry.refused()).toEqual([expect.stringMatching(/^PUT .*\/manifests\/staging-task-amd64-/)]);
      expect(await bed.leftovers(ended.key, destination)).toEqual([]);
    });

    it.for([
      [500, 'step-failed'],
      [503, 'registry-unreachable'],
    ] as const)('reports why a script failed: %i is %s', async ([status, reason], { expect }) => {
      const registry = await troubledRegistry(bed.lab.registry.host, status, 1000);
      const destination = `${registry.host}/${bed.name}/script-${status}`;
      const ended = await script('docker build -q -t "$1" . && docker push "$1"', { destination });
      await registry.close();
      expect(ended.reason, ended.log).toBe(reason);
    });
  });
});
