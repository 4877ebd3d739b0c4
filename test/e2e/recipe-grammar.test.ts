import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { filesOf } from '../helpers/image-files.ts';

const secret = makeCanary();

/** Prints the sum of its secret, and that the second script does not find it. */
const script = `
sum=$(sha256sum <"$TWINHULL_SECRET_NPM_TOKEN" | cut -d' ' -f1)
docker build -q --build-arg "SUM=$sum" --build-arg "SHORT=$1" --build-arg "ON=$ON" --build-arg "AT=$AT" -t "$2/$3:$4" script || exit
docker run --rm -v "$TWINHULL_SECRET_NPM_TOKEN:/secret" "$2/$3:$4" true && exit 9
docker push -q "$2/$3:$4"
`;
const later = `
ls -R /dev/shm/twinhull/secrets 2>&1; env | grep SECRET
docker build -q -t "$1/$2:$3" script && docker push -q "$1/$2:$3"
`;

describe('a build with placeholders, Dockerfiles by platform and secrets of a script', () => {
  let bed: E2eBed;
  let build: BuildJson;
  let log: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    await mkdir(join(bed.folder, 'secrets'));
    await writeFile(join(bed.folder, 'secrets', 'npm-token'), secret);
    const { url } = await bed.repository({
      'arm/Dockerfile': ofPlatform(bed, 'arm'),
      'intel/Dockerfile': ofPlatform(bed, 'intel'),
      'build.sh': script,
      'later.sh': later,
      'script/Dockerfile': `FROM ${bed.lab.images.busybox}
ARG SUM
ARG SHORT
ARG ON
ARG AT
RUN echo "${bed.name} $SHORT $ON $AT $SUM" >/given
`,
    });
    const recipe = await bed.file(stringify(recipeOf()));
    const env = { TWINHULL_SECRETS_DIR: join(bed.folder, 'secrets') };
    const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    log = ran.stderr;
    build = JSON.parse(ran.stdout) as BuildJson;
  });

  afterAll(() => bed.dispose());

  async function text(image: string, platform: string, file: string): Promise<string | undefined> {
    const built = build.images.find((one) => one.image === image && one.platform === platform);
    return (await filesOf(bed.registry, built?.digest ?? '')).get(file);
  }

  it.each([
    ['linux/arm64', 'arm', 'arm64', 'aarch64'],
    ['linux/amd64', 'intel', 'amd64', 'x86_64'],
  ])('uses the Dockerfile and the values of each platform: %s', async (platform, file, arch, machine) => {
    const short = build.commit.slice(0, 7);
    expect(await text('app', platform, 'which')).toBe(
      `${file} ${arch} ${machine} ${build.commit} main ${bed.destination} {short} \${HOME}\n`,
    );
    const sum = createHash('sha256').update(secret).digest('hex');
    expect(await text('task', platform, 'given')).toBe(`${bed.name} ${short} ${arch} ${build.commit} ${sum}\n`);
  });

  it('gives a script the file of its secret, and removes it after the last step that needs it', () => {
    expect(log).toMatch(/secrets\/npm-token cannot be mounted/);
    expect(log.match(/No such file or directory/g)?.length).toBeGreaterThanOrEqual(2);
    expect(log).not.toMatch(/\| TWINHULL_SECRET_NPM_TOKEN=/);
    expect(formsOf(secret, log)).toEqual([]);
  });
});

function recipeOf(): object {
  return {
    version: 1,
    name: 'grammar',
    images: {
      app: {
        dockerfile: {
          path: { 'linux/arm64': 'arm/Dockerfile', 'linux/amd64': 'intel/Dockerfile' },
          cache: false,
          args: { GIVEN: '{arch} {machine} {commit} {branch} {registry}/{repository} \\{short} ${HOME}' },
        },
      },
      task: {
        script: {
          path: 'build.sh',
          args: ['{short}', '{registry}', '{repository}', '{tag}'],
          env: { ON: '{platform}', AT: '{commit}' },
          secrets: ['npm-token'],
        },
      },
      later: { script: { path: 'later.sh', args: ['{registry}', '{repository}', '{tag}'] } },
    },
  };
}

function ofPlatform({ lab, name }: E2eBed, file: string): string {
  return `FROM ${lab.images.busybox}\nARG GIVEN\nRUN echo ${name} >/bed && echo "${file} $GIVEN" >/which\n`;
}
