import { beforeAll, describe, expect, it } from 'vitest';
import { stagingTag } from '../../src/domain/plan.ts';
import { BuilderBed, type EndedJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { elfProgram } from '../helpers/elf-program.ts';

const foreign = elfProgram('x86-64');
const native = elfProgram('AArch64');
const findings = ({ marks }: EndedJob) =>
  marks.flatMap((mark) => (mark.verb === 'programs' ? [[mark.image, mark.finding]] : []));
const failText = ({ marks }: EndedJob): string | undefined => marks.find((mark) => mark.verb === 'fail')?.text;

describe.concurrent('the programs of an image', () => {
  let bed: BuilderBed;
  let builds = 0;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  async function build(dockerfile: string, files: Record<string, Buffer | string> = {}, step = {}, job = {}) {
    const source = await bed.repository({ Dockerfile: dockerfile, ...files });
    const destination = `${bed.destination}-${(builds += 1)}`;
    const steps = [dockerfileStep('app', step)];
    return { destination, ...(await bed.run({ ...source, destination, platform: 'linux/arm64', steps, ...job })) };
  }

  it.each([
    [
      'a base with a fixed platform',
      () => [`FROM --platform=linux/amd64 ${bed.lab.images.busybox}\nRUN uname -m\n`],
      '/bin/sh is a program for x86-64; likely cause: line 1 of the Dockerfile, FROM --platform=linux/amd64',
    ],
    [
      'an argument with an architecture as its default',
      () => [`ARG ARCH="amd64"\nFROM ${bed.lab.images.busybox}-\${ARCH}\nARG ARCH="amd64"\nRUN uname -m\n`],
      '/bin/sh is a program for x86-64; likely cause: line 1 of the Dockerfile, ARG ARCH="amd64"',
    ],
    [
      'an entrypoint on scratch',
      () => ['FROM scratch\nCOPY app-amd64 /app\nENTRYPOINT ["/app"]\n', { 'app-amd64': foreign }],
      '/app is a program for x86-64; likely cause: line 2 of the Dockerfile, COPY app-amd64 /app',
    ],
    [
      'a program on scratch that no command names',
      () => ['FROM scratch\nCOPY app /\n', { app: foreign }],
      '/app is a program for x86-64, as are 1 of 1 programs examined',
    ],
    [
      'the command of an entrypoint that is a script',
      () => [
        `FROM ${bed.lab.images.busybox}\nCOPY start app /bin/\nENTRYPOINT ["start"]\nCMD ["app", "--all"]\n`,
        { start: '#!/bin/sh\nexec "$@"\n', app: foreign },
      ],
      '/bin/app is a program for x86-64',
    ],
    [
      'the interpreter of a script',
      () => [
        `FROM ${bed.lab.images.busybox}\nCOPY python /opt/bin/\nCOPY start /\nENV PATH=/opt/bin:$PATH\nENTRYPOINT ["/start"]\n`,
        { start: '#!/usr/bin/env -S python -u\n', python: foreign },
      ],
      '/opt/bin/python is a program for x86-64',
    ],
    [
      'the program behind an init',
      () => [
        `FROM ${bed.lab.images.busybox}\nWORKDIR /srv\nCOPY app .\nCOPY tini /sbin/\nENTRYPOINT ["tini", "--", "./app"]\n`,
        { tini: native, app: foreign },
      ],
      './app is a program for x86-64',
    ],
    [
      'most of what was copied in',
      () => [
        `FROM ${bed.lab.images.busybox}\nCOPY app /app/\nCMD ["/app/start"]\n`,
        { 'app/start': '#!/bin/sh\n/app/lib/server\n', 'app/lib/server': foreign, 'app/readme': 'no program' },
      ],
      '/app/lib/server is a program for x86-64, as are 1 of 1 programs examined',
    ],
  ] as const)('are refused: %s', async (_, files, text) => {
    const [dockerfile, more] = files() as [string, Record<string, Buffer | string> | undefined];
    const job = await build(dockerfile, more);
    expect(failText(job)).toContain(text);
    expect(job.reason).toBe('wrong-platform');
    expect(job.marks.some((mark) => mark.verb === 'begin' && mark.phase === 'push')).toBe(false);
    expect(await bed.leftovers(job.key, job.destination)).toEqual([]);
  });

  it.each([
    ['none at all', () => ['FROM scratch\nCOPY data /data/\n', { 'data/table': 'a,b\n' }], 'none', []],
    [
      'foreign ones beside native ones',
      () => [
        `FROM ${bed.lab.images.busybox}\nCOPY prebuilds /app/\nWORKDIR /app\n`,
        { 'prebuilds/x64/addon.node': foreign, 'prebuilds/arm64/addon.node': native },
      ],
      'some',
      ['/app/ contains programs for x86-64: 1 of 2 examined'],
    ],
    [
      'a stage that only compiles has a fixed platform',
      () => [
        `FROM --platform=linux/amd64 ${bed.lab.images.busybox} AS build\nRUN uname -m >/made\nFROM ${bed.lab.images.busybox}\nCOPY --from=build /made /\n`,
      ],
      'some',
      [/^not for linux\/arm64: line 1 of the Dockerfile, FROM --platform=linux\/amd64 /],
    ],
  ] as const)('are accepted: %s', async (_, files, finding, notes) => {
    const [dockerfile, more] = files() as [string, Record<string, Buffer | string> | undefined];
    const job = await build(dockerfile, more);
    expect(job.exitCode).toBe(0);
    expect(findings(job)).toEqual([['app', finding]]);
    for (const note of notes) {
      expect(job.notes).toContainEqual(note instanceof RegExp ? expect.stringMatching(note) : note);
    }
    expect(await bed.pushedPlatform(job.destination, stagingTag('app', 'linux/arm64', job.key))).toBe('linux/arm64');
  });

  it.each([
    ['seen', '', 'some'],
    ['not seen', 'count=1 ', 'unknown'],
  ])('are %s behind 33 MiB of data, up to the bound', async (_, bound, finding) => {
    const files = { 'data/a': Buffer.alloc(33 << 20), 'data/z': elfProgram('x86-64') };
    const script = (text: string) => (bound === '' ? text : text.replace('count=2048 ', bound));
    const job = await build('FROM scratch\nCOPY data /data/\n', files, {}, { script });
    expect(job.exitCode).toBe(0);
    expect(findings(job)).toEqual([['app', finding]]);
  });

  it('are not checked where the recipe declares the image independent of its architecture', async () => {
    const job = await build(
      'FROM scratch\nCOPY app /\nENTRYPOINT ["/app"]\n',
      { app: foreign },
      { architecture: 'independent' },
    );
    expect(job.exitCode).toBe(0);
    expect(findings(job)).toEqual([]);
  });

  it.each([
    ['a Dockerfile', dockerfileStep],
    [
      'a script',
      (image: string, step: object) =>
        scriptStep(image, 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] }, ...step }),
    ],
  ] as const)('match BuildKit’s platform, whatever default an ARG of %s has', async (_, stepOf) => {
    const verify = [['grep', '-x', 'linux/arm64 linux arm64 linux/amd64 aarch64', '/platforms']];
    const job = await build(
      [
        'ARG TARGETARCH=amd64',
        `FROM ${bed.lab.images.busybox}-\${TARGETARCH}`,
        'ARG TARGETPLATFORM=linux/amd64',
        'ARG TARGETOS=windows',
        'ARG TARGETARCH=amd64',
        'ARG BUILDPLATFORM=linux/s390x',
        'RUN echo "$TARGETPLATFORM $TARGETOS $TARGETARCH $BUILDPLATFORM $(uname -m)" >/platforms',
      ].join('\n'),
      { 'build.sh': 'set -e\ndocker build -t "$1/$2:$3" .\ndocker push "$1/$2:$3"\n' },
      {},
      { steps: [stepOf('app', { verify })] },
    );
    expect(job.exitCode, job.log).toBe(0);
  });
});

describe.concurrent('an image declared to be based on another', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  const app = 'FROM {busybox}\nRUN echo app >/app\n';
  const unused = 'its Dockerfile does not use image app, passed in BASE';

  it.each([
    ['is refused where its Dockerfile does not use it', app, 'FROM {busybox}\nRUN ls /app || echo no\n', unused],
    [
      'is refused where it begins with the same layers only because that image adds none',
      'FROM {busybox}\n',
      'FROM {busybox}\nRUN ls /app || echo no\n',
      unused,
    ],
    [
      'is refused where only another stage uses it',
      app,
      'ARG BASE\nFROM $BASE AS app\nFROM {busybox}\nCOPY --from=app /app /\n',
      'its layers do not begin with those of image app, passed in BASE',
    ],
    [
      'is accepted where its stage is based on a stage that does',
      app,
      'ARG BASE\nFROM $BASE AS app\nFROM app\nRUN cat /app\n',
      undefined,
    ],
  ])('%s', async (_, first, dockerfile, text) => {
    const source = await bed.repository({
      Dockerfile: first.replace('{busybox}', bed.lab.images.busybox),
      'tools/Dockerfile': dockerfile.replace('{busybox}', bed.lab.images.busybox),
    });
    const tools = dockerfileStep('tools', {
      from: { image: 'app', argument: 'BASE' },
      build: { dockerfile: { path: 'tools/Dockerfile' } },
    });
    const job = await bed.run({ ...source, steps: [dockerfileStep('app'), tools] });
    expect(job.reason).toBe(text && 'base-unused');
    expect(failText(job)).toBe(text);
  });
});
