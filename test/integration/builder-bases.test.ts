import { beforeAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { assembleIndex } from '../../src/domain/image-index.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import type { Manifest, StoredManifest } from '../../src/ports/registry.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { pullForPlatform } from '../helpers/platform-image.ts';

const script = 'docker build -t "$1/$2:$3" . && docker push "$1/$2:$3"\n';

describe.concurrent('a base image', () => {
  let bed: BuilderBed;
  let local: string;
  /** The containerd image store gives one to every image. */
  let localDigest: string | undefined;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    local = `${bed.name}/local`;
    const native = await pullForPlatform(bed.docker, bed.lab.images.busybox, 'linux/amd64');
    await bed.docker.getImage(native).tag({ repo: local, tag: '1' });
    const { RepoDigests: digests } = await bed.docker.getImage(`${local}:1`).inspect();
    localDigest = digests.find((digest) => digest.startsWith(`${local}@`))?.replace(/.*@/, '');
    return async () => await bed.dispose();
  });

  async function run(dockerfile: string, change: object = {}) {
    const source = await bed.repository({ Dockerfile: dockerfile, 'build.sh': script });
    const job = await bed.run({ ...source, steps: [dockerfileStep('app')], ...change });
    const bases = job.marks.flatMap((mark) => (mark.verb === 'base' ? [[mark.reference, mark.digest] as const] : []));
    return { job, bases };
  }

  /** Puts a tag at the destination, from what a job pushed there. */
  async function put(tag: string, change: (manifest: StoredManifest) => Manifest, job: EndedJob): Promise<void> {
    const { key, exitCode, log } = job;
    expect(exitCode, log).toBe(0);
    const registry = openRegistry(bed.destination);
    try {
      const manifest = await registry.getManifest(stagingTag('app', 'linux/amd64', key));
      if (manifest === undefined) throw new Error(`job ${key} pushed nothing`);
      await registry.putManifest(tag, change(manifest));
    } finally {
      await registry.close();
    }
  }

  it('is reported by its digest, each once, and a pinned one unchanged', async () => {
    const { busybox } = bed.lab.images;
    const registry = openRegistry(busybox.slice(0, busybox.lastIndexOf(':')));
    const digest = (await registry.resolve(busybox.slice(busybox.lastIndexOf(':') + 1))) ?? '';
    await registry.close();
    const pinned = `${busybox}@${digest}`;
    const { job, bases } = await run(
      `FROM ${busybox} AS one\nFROM ${pinned} AS two\nFROM ${busybox}\nCOPY --from=one /bin/busybox /one\nCOPY --from=two /bin/busybox /two\n`,
    );
    expect(job.exitCode, job.log).toBe(0);
    expect(bases).toEqual([
      [busybox, digest],
      [pinned, digest],
    ]);
  });

  const uses = (image: string) =>
    `COPY --from=${image} /bin/busybox /one\nRUN --mount=type=bind,from=${image},target=/m cp /m/bin/busybox /two\n`;

  it.for([
    ['a Dockerfile', dockerfileStep('app')],
    ['a script', scriptStep('app', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })],
  ] as const)('that %s only copies from, or mounts, is reported by its digest', async ([, step], { expect }) => {
    const { busybox, debian } = bed.lab.images;
    const { job, bases } = await run(`FROM ${debian}\n${uses(busybox)}`, { steps: [step] });
    expect(job.exitCode, job.log).toBe(0);
    expect(bases).toEqual([
      [busybox, expect.stringMatching(/^sha256:/)],
      [debian, expect.stringMatching(/^sha256:/)],
    ]);
  });

  it('that is only copied from and exists on the engine alone is taken from there', async () => {
    const { job, bases } = await run(`FROM ${bed.lab.images.busybox}\n${uses(`${local}:1`)}`);
    expect(job.exitCode, job.log).toBe(0);
    expect(bases).toContainEqual([`docker.io/${local}:1`, localDigest]);
  });

  it('that is only copied from is pinned without its ONBUILD instructions, whether these succeed or fail', async () => {
    const { busybox } = bed.lab.images;
    const images = { works: 'RUN touch /triggered', fails: 'COPY missing /' };
    for (const [tag, instruction] of Object.entries(images)) {
      const source = await bed.repository({
        Dockerfile: `FROM ${busybox}\nRUN echo ${tag} >/tool\nONBUILD ${instruction}\n`,
      });
      await put(tag, (manifest) => manifest, await bed.run({ ...source, steps: [dockerfileStep('app')] }));
    }
    const [works, fails] = [`${bed.destination}:works`, `${bed.destination}:fails`];
    const step = dockerfileStep('app', {
      verify: [['sh', '-c', 'cat /one/tool /two /three; test ! -e /one/triggered']],
    });
    const { job, bases } = await run(
      [
        `from ${busybox}`,
        `copy --from=${works} / /one`,
        `run --mount=type=bind,from=${fails},target=/m cp /m/tool /two`,
        `copy --from=${busybox} /bin/busybox /three`,
      ].join('\n'),
      { steps: [step] },
    );
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain(`building again, because ${works} has ONBUILD instructions`);
    expect(job.log).not.toContain('ConsistentInstructionCasing');
    const digest = (tag: string) => bed.pushedDigest(bed.destination, tag);
    expect(bases).toHaveLength(3);
    expect(bases).toContainEqual([works, await digest('works')]);
    expect(bases).toContainEqual([fails, await digest('fails')]);
  });

  it('that is only copied from, has ONBUILD instructions and exists on the engine alone is taken from there', async () => {
    const name = `${bed.name}/local-trigger:1`;
    const container = await bed.docker.createContainer({ Image: `${local}:1`, Cmd: ['true'] });
    await container.commit({ repo: name.slice(0, -2), tag: '1', changes: 'ONBUILD RUN touch /triggered' });
    await container.remove();
    const step = dockerfileStep('app', { verify: [['test', '!', '-e', '/one/triggered']] });
    const { job } = await run(`FROM ${bed.lab.images.busybox}\nCOPY --from=${name} / /one\n`, { steps: [step] });
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain('has ONBUILD instructions');
  });

  it('keeps the lines of the Dockerfile in the message of an instruction that the frontend rejects', async () => {
    const { job } = await run(`FROM ${bed.lab.images.busybox}\n${uses(bed.lab.images.debian)}COPI a b\n`);
    expect(job.reason, job.log).toBe('step-failed');
    expect(job.log).toMatch(/line 4: unknown instruction: COPI/i);
  });

  it('that is only copied from and is missing fails the job with its name', async () => {
    const reference = `${bed.lab.registry.host}/${bed.name}/missing:2`;
    const { job } = await run(`FROM ${bed.lab.images.busybox}\n${uses(reference)}`);
    expect(job.reason, job.log).toBe('base-missing');
    expect(job.log).toContain(reference);
  });

  it('that is an earlier image of the job is not reported', async () => {
    const { busybox } = bed.lab.images;
    const source = await bed.repository({
      Dockerfile: `ARG BASE=${busybox}\nFROM \${BASE}\nRUN echo ${bed.destination} >/argument\n`,
    });
    const child = dockerfileStep('child', { from: { image: 'app', argument: 'BASE' } });
    const job = await bed.run({ ...source, steps: [dockerfileStep('app'), child] });
    expect(job.exitCode, job.log).toBe(0);
    expect(job.marks.filter((mark) => mark.verb === 'base')).toMatchObject([{ image: 'app', reference: busybox }]);
  });

  it('that exists only on the engine is taken from there, together with one of a registry', async () => {
    const { busybox } = bed.lab.images;
    const { job, bases } = await run(`FROM ${busybox} AS b\nFROM ${local}:1\nCOPY --from=b /bin/busybox /b\n`);
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain(`${local}:1 is taken from the engine`);
    expect(bases).toEqual([
      [busybox, expect.stringMatching(/^sha256:/)],
      [`docker.io/${local}:1`, localDigest],
    ]);
  });

  it.for([
    ['nowhere', 'missing:1', 'base-missing', 'has no base'],
    [
      'at a registry that does not answer',
      '',
      'base-unreachable',
      'the engine could not pull the base localhost:1/none:1',
    ],
  ] as const)('%s fails the job with its name', async ([, name, reason, text], { expect }) => {
    const reference = name === '' ? 'localhost:1/none:1' : `${bed.lab.registry.host}/${bed.name}/${name}`;
    const { job } = await run(`FROM ${reference}\n`);
    expect(job.reason, job.log).toBe(reason);
    expect(job.log).toContain(text);
    expect(job.exitCode).toBe(47);
  });

  it('without an image for the platform fails the job with its name', async () => {
    const source = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.destination} >/whose\n`,
    });
    const first = await bed.run({ ...source, steps: [dockerfileStep('app')] });
    const onlyAmd64 = (manifest: StoredManifest) => assembleIndex([{ platform: 'linux/amd64', manifest }]);
    await put('only-amd64', onlyAmd64, first);
    const { job } = await run(`FROM ${bed.destination}:only-amd64\n`, { platform: 'linux/arm64' });
    expect(job.reason, job.log).toBe('wrong-platform');
    expect(job.log).toContain(`the base ${bed.destination}:only-amd64 has no image for linux/arm64`);
  });

  it('that a script built itself is never replaced by one of a registry', async () => {
    const { busybox } = bed.lab.images;
    const own = [
      'set -eu',
      `printf 'FROM ${busybox}\\nRUN echo mine >/whose\\n' | docker build -t ${bed.destination}:own -`,
      `printf 'FROM ${bed.destination}:own\\nRUN cat /whose\\n' >Dockerfile`,
      'docker build -t "$1" .',
      'docker push "$1"',
    ].join('\n');
    const theirs = await bed.repository({
      Dockerfile: `FROM ${busybox}\nRUN echo theirs of ${bed.destination} >/whose\n`,
    });
    const other = await bed.run({ ...theirs, steps: [dockerfileStep('app')] });
    await put('own', (manifest) => manifest, other);
    const source = await bed.repository({ 'build.sh': own });
    const step = scriptStep('app', 'build.sh', { build: { arguments: ['x'] } });
    const job = await bed.run({
      ...source,
      steps: [step],
      script: (text) => text.replace("'{tag}') value=${staging##*:} ;;", 'x) value=$staging ;;'),
    });
    expect(job.exitCode, job.log).toBe(0);
    expect(job.log).toContain('mine');
  });
});
