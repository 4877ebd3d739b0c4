import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { GitRepository } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { filesOf, layersOf } from '../helpers/image-files.ts';

const secret = makeCanary();

describe('a recipe with every feature', () => {
  let bed: E2eBed;
  let repository: GitRepository;
  let strictUrl: string;
  let recipe: string;
  let build: BuildJson;
  let log: string;

  async function run(words: readonly string[]): Promise<BuildJson> {
    const env = { TWINHULL_SECRETS_DIR: join(bed.folder, 'secrets') };
    const ran = await bed.run(['build', '--recipe', recipe, ...words, '--json'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    log = ran.stderr;
    return JSON.parse(ran.stdout) as BuildJson;
  }

  beforeAll(async () => {
    bed = await E2eBed.open();
    await mkdir(join(bed.folder, 'secrets'));
    await writeFile(join(bed.folder, 'secrets', 'npm'), secret);
    const vendored = await bed.repository({ 'vendored.txt': `vendored ${bed.name}\n` });
    const files = {
      '.gitmodules': `[submodule "vendor"]\n\tpath = vendor\n\turl = ../${vendored.repository.name}.git\n`,
      vendor: { submodule: vendored.commit },
      'docker/base.Dockerfile': baseDockerfile(bed),
      'app/source.txt': 'first\n',
    };
    const created = await bed.repository(files);
    ({ repository, strictUrl } = created);
    recipe = await bed.file(stringify(recipeOf()));
    build = await run(['--repository', created.url, '--ref', 'refs/heads/main']);
  });

  afterAll(() => bed.dispose());

  async function files(image: string, platform = 'linux/amd64'): Promise<ReadonlyMap<string, string>> {
    const built = build.images.find((one) => one.image === image && one.platform === platform);
    return filesOf(bed.registry, built?.digest ?? '');
  }

  it('publishes each image with its tags, for its platforms', async () => {
    const { commit } = build;
    expect(await bed.registry.published()).toEqual([commit, `${commit}-last`, 'child-main', 'latest'].sort());
    const index = await bed.registry.manifest(commit);
    expect(index.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
    expect((await bed.registry.manifest(`${commit}-last`)).manifests).toBeUndefined();
    expect(build.images.map(({ image, platform }) => `${image} ${platform}`).sort()).toEqual([
      'base linux/amd64',
      'base linux/arm64',
      'child linux/amd64',
      'child linux/arm64',
      'last linux/amd64',
    ]);
  });

  it('builds the stage, from the context, with the arguments', async () => {
    for (const [platform, machine] of [
      ['linux/arm64', 'aarch64'],
      ['linux/amd64', 'x86_64'],
    ] as const) {
      const found = await files('base', platform);
      expect(found.get('source.txt')).toBe('first\n');
      expect(found.get('flavour')).toBe(`two words on ${machine}\n`);
      expect(found.has('unwanted')).toBe(false);
    }
  });

  it('checks out submodules', async () => {
    expect((await files('child')).get('vendored.txt')).toBe(`vendored ${bed.name}\n`);
  });

  it('builds one image on another by digest', async () => {
    for (const [image, base] of [
      ['child', 'base'],
      ['last', 'child'],
    ] as const) {
      const digestOf = (name: string) =>
        build.images.find((one) => one.image === name && one.platform === 'linux/amd64');
      const above = (await bed.registry.manifest(digestOf(image)?.digest ?? '')).layers?.map(({ digest }) => digest);
      const below = (await bed.registry.manifest(digestOf(base)?.digest ?? '')).layers?.map(({ digest }) => digest);
      expect(above?.slice(0, below?.length)).toEqual(below);
      expect((await files(image)).get(`base-of-${image}`)).toBe(`${bed.destination}@${digestOf(base)?.digest}\n`);
    }
  });

  it('passes secrets to steps, and stores them nowhere', async () => {
    expect((await files('base')).get('sum')).toContain(createHash('sha256').update(secret).digest('hex'));
    expect(formsOf(secret, log)).toEqual([]);
    for (const image of await bed.registry.images()) {
      expect(formsOf(secret, await bed.registry.blob(image.config?.digest ?? ''))).toEqual([]);
      for (const layer of await layersOf(bed.registry, image.digest)) expect(formsOf(secret, layer)).toEqual([]);
    }
  });

  it('runs the commands that verify an image', () => {
    expect(log.match(/^a..64 \| verified on (?:aarch64|x86_64)$/gm)).toHaveLength(2);
  });

  it('uses the registry’s layer cache for the next commit', async () => {
    expect(await bed.registry.tags()).toEqual(
      expect.arrayContaining(['cache-base-arm64', 'cache-base-amd64', 'cache-child-amd64', 'cache-last-amd64']),
    );
    await repository.commit({ 'app/source.txt': 'second\n' });
    const before = await bed.registry.digest('cache-base-amd64');
    build = await run(['--repository', repository.url, '--ref', 'main']);
    expect((await files('base')).get('source.txt')).toBe('second\n');
    expect(log.match(/^a..64 \| #\d+ importing cache manifest from \S+:cache-base-/gm)).toHaveLength(2);
    expect(log).not.toMatch(/ERROR: \S+:cache-base-\S+: not found/);
    expect(log).toMatch(/^amd64 \| #\d+ CACHED$/m);
    expect(await bed.registry.digest('cache-base-amd64')).not.toBe(before);
  });

  it('builds a commit deep in another branch’s history, where the server serves no commit by SHA', async () => {
    const deep = await repository.commit({ 'app/source.txt': 'deep\n' }, { branch: 'side', from: 'main' });
    await repository.commit({ 'app/source.txt': 'tip\n' }, { branch: 'side' });
    // The same repository at another URL is another owner of the moving tags.
    build = await run(['--repository', strictUrl, '--ref', deep, '--force']);
    expect(build.commit).toBe(deep);
    expect((await files('base')).get('source.txt')).toBe('deep\n');
    expect(log).toContain('the git server did not serve: --depth=1');
    // No branch was given, so there is no tag of one.
    expect(build.tags.map(({ tag }) => tag)).not.toContain('child-side');
  });

  it('builds the commit of a tag', async () => {
    const tagged = await repository.resolve('side');
    await repository.tag('v1.0', tagged ?? '');
    // The moving tags belong to the other URL now.
    build = await run(['--repository', repository.url, '--ref', 'v1.0', '--force']);
    expect(build).toMatchObject({ state: 'published', commit: tagged, reference: 'v1.0' });
  });
});

function recipeOf(): object {
  return {
    version: 1,
    name: 'features',
    submodules: true,
    images: {
      base: {
        dockerfile: {
          path: 'docker/base.Dockerfile',
          context: 'app',
          target: 'wanted',
          args: { FLAVOUR: 'two words' },
          secrets: ['npm'],
        },
        verify: [['sh', '-c', 'echo verified on $(uname -m)']],
        tags: ['{commit}', 'latest'],
      },
      child: {
        from: 'base',
        dockerfile: {
          inline:
            'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nARG BASE_IMAGE\nCOPY vendor/vendored.txt /\nRUN echo "$BASE_IMAGE" >/base-of-child\n',
        },
        tags: ['child-{branch}'],
      },
      last: {
        from: { image: 'child', argument: 'PARENT' },
        platforms: ['linux/amd64'],
        dockerfile: { inline: 'ARG PARENT\nFROM ${PARENT}\nARG PARENT\nRUN echo "$PARENT" >/base-of-last\n' },
      },
    },
  };
}

/** Contains the bed's name; otherwise the engine would take the sum of an earlier run's secret from its build cache. */
function baseDockerfile({ lab, name }: E2eBed): string {
  return `FROM ${lab.images.busybox} AS wanted
ARG FLAVOUR
RUN echo "${name}" >/bed
RUN --mount=type=secret,id=npm sha256sum </run/secrets/npm >/sum
RUN echo "$FLAVOUR on $(uname -m)" >/flavour
COPY source.txt /
FROM wanted
RUN touch /unwanted && false
`;
}
