import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, it } from 'vitest';
import type { Platform } from '../../src/domain/platform.ts';
import { BuilderBed, type BuilderJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { build } from '../helpers/poor-builders.ts';

/**
 * What a client with buildx and compose adds to `docker build`: only with the newest engine's client, which has them.
 */
describe.concurrent('buildx and compose in scripts', () => {
  let bed: BuilderBed;
  let withOwnPlugins: string;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    const folder = '/root/.docker/cli-plugins';
    const moved = `RUN mkdir -p ${folder} && mv /usr/libexec/docker/cli-plugins/* ${folder}/`;
    withOwnPlugins = await build(bed, `FROM ${bed.lab.images.builder}\n${moved}\n`);
    return async () => {
      await bed.dispose();
      await bed.docker.getImage(withOwnPlugins).remove({ force: true });
    };
  });

  async function repository(text: string) {
    const image = 'image: "${IMAGE}"';
    const overCheckout = `image: ${bed.lab.images.busybox}\n    profiles: [test]\n    volumes: ['.:/work']\n`;
    return await bed.repository({
      'build.sh': `set -eu; set -- "$1/$2:$3"; export IMAGE="$1"\n${text}\n`,
      'compose.yaml': [
        `services:\n  app:\n    ${image}\n    build: .\n`,
        `  tool:\n    ${overCheckout}    command: [cp, /work/build.sh, /work/made.sh]\n`,
        `  service:\n    ${overCheckout}    command: [sleep, '600']\n`,
        `  outside:\n    ${overCheckout.replace('.:/work', '/srv:/work')}    command: ['true']\n`,
      ].join(''),
      'docker-bake.hcl': `variable "IMAGE" {}\ntarget "default" { tags = [IMAGE] }\n`,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL it=${randomUUID()}\nRUN uname -m >/machine\n`,
    });
  }

  /** `$1` is the whole reference of the staging tag. */
  async function script(text: string, change: Partial<BuilderJob> = {}) {
    const source = await repository(text);
    const destination = `${bed.destination}-${source.commit.slice(0, 12)}`;
    const steps = [scriptStep('task', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })];
    const ended = await bed.run({ ...source, steps, destination, ...change });
    return { ...ended, destination, left: await bed.leftovers(ended.key, destination) };
  }

  const right: readonly (readonly [string, string])[] = [
    ['docker build --push', 'docker build -t "$1" --push .'],
    ['buildx build --push', 'docker buildx build -t "$1" --push .'],
    ['buildx build --output', 'docker buildx build -t "$1" --output type=registry .'],
    ['buildx build --load', 'docker buildx build -t "$1" --load . && docker push "$1"'],
    ['attestations', 'docker buildx build -t "$1" --provenance=mode=max --sbom=false --push .'],
    ['several platforms', 'docker buildx build -t "$1" --platform linux/amd64,linux/arm64 --push .'],
    [
      'several platforms without a push of their own',
      'docker build -t "$1" --platform linux/arm64,linux/amd64 . && docker push "$1"',
    ],
    ['bake', 'docker buildx bake && docker push "$1"'],
    ['compose build', 'docker compose build && docker push "$1"'],
    [
      'another builder in use',
      'docker buildx create --name other --driver docker-container --use && docker build -t "$1" --push .',
    ],
  ];
  // Commands get only the foreign platform wrong.
  const cases = right.flatMap(([name, text]): [string, Platform, string][] => [
    [name, 'linux/arm64', text],
    ...(name.startsWith('several') ? [[name, 'linux/amd64', text] as [string, Platform, string]] : []),
  ]);

  it.for(cases)('%s builds and pushes for %s', async ([, platform, text], { expect }) => {
    const steps = [
      scriptStep('task', 'build.sh', {
        build: { arguments: ['{registry}', '{repository}', '{tag}'] },
        verify: [['cat', '/machine']],
      }),
    ];
    const ended = await script(text, { platform, steps });
    expect(ended.exitCode, ended.log).toBe(0);
    expect(ended.log).toMatch(platform === 'linux/arm64' ? /^aarch64$/m : /^x86_64$/m);
    expect(ended.left).toEqual([]);
  });

  it.for([
    ['bake', 'docker buildx bake --push', /twinhull: buildx bake --push skipped: this job pushes/, 'step-failed'],
    ['compose', 'docker compose build && docker compose -p x push', /twinhull: compose push skipped/, 'not-pushed'],
  ] as const)('%s cannot push by itself', async ([, text, message, reason], { expect }) => {
    const ended = await script(text);
    expect(ended.log).toMatch(message);
    expect(ended).toMatchObject({ reason, left: [] });
  });

  it('compose runs tools and services over the checkout, of which nothing remains', async ({ expect }) => {
    const ended = await script(`
      docker compose run --rm tool && cmp build.sh made.sh
      docker compose -f - run --rm tool <compose.yaml
      docker compose up --detach service
      docker compose exec -T service grep -c compose /work/made.sh
      docker build -t "$1" . && docker push "$1"
    `);
    expect(ended, ended.log).toMatchObject({ exitCode: 0, left: [] });
    const project = [`com.docker.compose.project=twinhull-${ended.key}`];
    const networks = await bed.docker.listNetworks({ filters: { label: project } });
    const containers = await bed.docker.listContainers({ all: true, filters: { label: project } });
    expect([networks, containers]).toEqual([[], []]);
  });

  it('compose mounts no folder that only the engine’s host has', async ({ expect }) => {
    const ended = await script(`
      docker compose --profile test run --rm outside || echo "code $?"
      docker compose up outside || echo "code $?"
      docker compose run --rm -v /srv:/other tool || echo "code $?"
      docker compose run --rm tool test ! -e outside
      docker build -t "$1" . && docker push "$1"
    `);
    expect(ended, ended.log).toMatchObject({ exitCode: 0, left: [] });
    expect(ended.log.match(/twinhull: \/srv cannot be mounted: .*\n/g)).toHaveLength(3);
    expect(ended.log.match(/^code 125$/gm)).toHaveLength(3);
  });

  it('removes the container and the volume of a builder that a script started', async ({ expect }) => {
    const ended = await script(`
      docker buildx create --name mine --driver docker-container --driver-opt image=${bed.lab.images.busybox} --bootstrap || :
      docker ps -a --filter name=buildx_buildkit_mine --format 'started {{.Names}}'
      docker volume ls --filter name=buildx_buildkit_mine --format 'with {{.Name}}'
      docker build -t "$1" . && docker push "$1"
    `);
    const name = `buildx_buildkit_mine-${ended.key}0`;
    expect(ended.log).toContain(`started ${name}\nwith ${name}_state\n`);
    expect(ended, ended.log).toMatchObject({ exitCode: 0, left: [] });
    const containers = await bed.docker.listContainers({ all: true, filters: { name: [name] } });
    const { Volumes: volumes } = await bed.docker.listVolumes({ filters: { name: [name] } });
    expect([containers, volumes]).toEqual([[], []]);
  });

  it('finds plugins in the folder of the image’s user', async ({ expect }) => {
    const source = await repository('');
    const destination = `${bed.destination}-${randomBytes(4).toString('hex')}`;
    const ended = await bed.run({ ...source, steps: [dockerfileStep('task')], destination, image: withOwnPlugins });
    expect(ended.exitCode, ended.log).toBe(0);
  });
});
