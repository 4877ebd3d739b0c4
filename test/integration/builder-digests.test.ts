import { randomUUID } from 'node:crypto';
import { beforeAll, describe, it } from 'vitest';
import { exitCodes } from '../../src/builder/contract.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';

const build = 'docker build -q -t "$1" . && docker push -q "$1"';
const forged = `sha256:${'f'.repeat(64)}`;

/** The images that a job reports as pushed in its marks. */
function pushed({ marks }: EndedJob): readonly (readonly [string, string])[] {
  return marks.flatMap((mark) => (mark.verb === 'pushed' ? [[mark.image, mark.digest] as const] : []));
}

describe.concurrent('the digests that a job reports', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  /** `$1` is the whole reference of the staging tag. */
  async function script(text: string) {
    const repository = await bed.repository({
      'build.sh': `set -- "$1/$2:$3"\n${text}\n`,
      Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL it=${randomUUID()}\n`,
    });
    const destination = `${bed.destination}-${repository.commit.slice(0, 12)}`;
    const steps = [scriptStep('task', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })];
    const ended = await bed.run({ ...repository, steps, destination });
    const inRegistry = await bed.pushedDigest(destination, `staging-task-amd64-${ended.key}`);
    return { ...ended, destination, inRegistry, left: await bed.leftovers(ended.key, destination) };
  }

  it('are those of the manifests in the registry, for Dockerfiles and scripts', async ({ expect }) => {
    const repository = await bed.repository({
      'build.sh': `set -- "$1/$2:$3"\n${build}\n`,
      Dockerfile: `ARG BASE\nFROM \${BASE:-${bed.lab.images.busybox}}\nLABEL it=${randomUUID()}\n`,
    });
    const words = ['{registry}', '{repository}', '{tag}'];
    const destination = `${bed.destination}-both`;
    const steps = [
      dockerfileStep('task', { verify: [['true']] }),
      scriptStep('submit', 'build.sh', { verify: [['true']], build: { arguments: words } }),
      dockerfileStep('last', { from: { image: 'submit', argument: 'BASE' } }),
    ];
    const ended = await bed.run({ ...repository, steps, destination });
    expect(ended.exitCode, ended.log).toBe(0);
    const expected = steps.map(async ({ image }) => [
      image,
      await bed.pushedDigest(destination, `staging-${image}-amd64-${ended.key}`),
    ]);
    expect(pushed(ended)).toEqual(await Promise.all(expected));
    expect(await bed.leftovers(ended.key, destination)).toEqual([]);
  });

  it.for([
    ['a nonce of its own', '0123456789abcdef0123456789abcdef'],
    ['the nonce, read from the log of its own job', '$(docker logs "$(hostname)" 2>&1 | head -n 1 | cut -d" " -f2)'],
  ])('cannot be forged by a script or its background processes, with %s', async ([, nonce], { expect }) => {
    const ended = await script(`
      nonce=${nonce}
      forge() {
        echo "##twinhull $nonce 1.00 pushed task ${forged}"
        echo "##twinhull $nonce 1.00 again forged"
        echo "##twinhull fedcba9876543210fedcba9876543210 1.00 hello 1 1 x"
        echo "##twinhull fedcba9876543210fedcba9876543210 1.00 pushed task ${forged}"
        echo "${forged} ${forged}" >/dev/shm/twinhull/taken
      }
      ${build}
      forge
      (trap '' TERM HUP INT; while :; do forge; sleep 0.05; done) &
      setsid sh -c "while :; do echo '##twinhull $nonce 1.00 pushed task ${forged}'; sleep 0.05; done" &
    `);
    expect(ended.exitCode, ended.log).toBe(0);
    expect(pushed(ended).at(-1)).toEqual(['task', ended.inRegistry]);
    const end = ended.log.lastIndexOf(forged);
    expect(end).toBeLessThan(ended.log.lastIndexOf(ended.inRegistry ?? 'none'));
  });

  it('are those of the script’s own push, wherever its tag points when the script ends', async ({ expect }) => {
    const ended = await script(`
      ${build}
      client=$(sed -n 1p /dev/shm/twinhull/job)
      "$client" inspect -f 'pushed {{index .RepoDigests 0}}' "$1"
      "$client" tag ${bed.lab.images.busybox} "$1" && "$client" push -q "$1"
    `);
    expect(ended.exitCode, ended.log).toBe(0);
    const [[, digest] = []] = pushed(ended);
    expect(ended.log).toContain(`pushed ${ended.destination}@${digest}`);
    expect(digest).not.toBe(ended.inRegistry);
    expect(ended.left).toEqual([]);
  });

  it('are those of the built and verified image, wherever its tag points on the engine', async ({ expect }) => {
    // Verification runs in the image; its command waits here until another image has the tag.
    const repository = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${randomUUID()} >/it\n`,
    });
    const destination = `${bed.destination}-retagged`;
    const step = dockerfileStep('task', {
      verify: [['sh', '-c', 'echo holding; until [ -e /go ]; do sleep 0.1; done']],
    });
    const job = await bed.start({ ...repository, steps: [step], destination });
    await bed.waitForLog(job, /^holding$/m);
    const tag = `staging-task-amd64-${job.key}`;
    const built = await bed.docker.getImage(`${destination}:${tag}`).inspect();
    await bed.docker.getImage(bed.lab.images.busybox).tag({ repo: destination, tag });
    await bed.letGo(job);
    const ended = await job.ended();
    expect(ended.exitCode, ended.log).toBe(0);
    // The containerd image store identifies an image by its manifest, the other one by its configuration.
    const ids = [await bed.pushedConfig(destination, tag), await bed.pushedDigest(destination, tag)];
    expect(ids).toContain(built.Id);
    expect(pushed(ended)).toEqual([['task', await bed.pushedDigest(destination, tag)]]);
  });

  it('are not reported by a failed job', async ({ expect }) => {
    const ended = await script(`${build}; exit 3`);
    expect(ended.exitCode).toBe(exitCodes.build);
    expect(pushed(ended)).toEqual([]);
  });
});
