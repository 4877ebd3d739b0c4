import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = new URL('../../src/builder/script/programs/stages.awk', import.meta.url).pathname;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-stages-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['mawk', ['mawk']],
  ['BusyBox awk', ['busybox', 'awk']],
] as const)('stages for images that are copied from, by %s', (_, [command, ...words]) => {
  /** Undefined if the Dockerfile stays as it is. */
  async function staged(dockerfile: string, withoutStage?: string): Promise<string | undefined> {
    const [file, out, without] = [join(folder, 'Dockerfile'), join(folder, 'out'), join(folder, 'without')];
    await writeFile(file, dockerfile);
    await writeFile(without, withoutStage ?? '');
    const variables = ['-v', `file=${file}`, '-v', `out=${out}`];
    if (withoutStage !== undefined) variables.push('-v', `without_stage=${without}`);
    const ran = await execa(command, [...words, ...variables, '-f', program], { reject: false, env: { LC_ALL: 'C' } });
    expect([ran.stderr, ran.exitCode === 0 || ran.exitCode === 1]).toEqual(['', true]);
    return ran.exitCode === 0 ? await readFile(out, 'utf8') : undefined;
  }

  it('are added before the others, once each', async () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'ARG VERSION=1',
      'FROM a:$VERSION AS build',
      'COPY --chown=1:1 --from=reg.example:5000/tool:2 /x /x',
      'FROM b:1',
      'RUN --mount=type=bind,from=reg.example:5000/tool:2,target=/t --mount=type=cache,target=/c \\',
      '  # a comment',
      '',
      '    --mount=from=c@sha256:00,target=/u cp /t/x /x # --from=none',
      'copy --from=build /y /y',
    ];
    const expected = [
      ...text.slice(0, 2),
      'FROM reg.example:5000/tool:2 AS twinhull-from-1',
      'FROM c@sha256:00 AS twinhull-from-2',
      text[2],
      'COPY --chown=1:1 --from=twinhull-from-1 /x /x',
      text[4],
      'RUN --mount=type=bind,from=twinhull-from-1,target=/t --mount=type=cache,target=/c \\',
      ...text.slice(6, 8),
      '    --mount=from=twinhull-from-2,target=/u cp /t/x /x # --from=none',
      text[9],
    ];
    expect(await staged(text.join('\n'))).toBe(`${expected.join('\n')}\n`);
  });

  it('shift stages that are given by their number', async () => {
    const text =
      'FROM a\nFROM b\nFROM c\nRUN --mount=from=0,target=/a --mount=from=1,target=/b --mount=from=d,target=/d x from=0\n';
    expect((await staged(text))?.split('\n').at(-2)).toBe(
      'RUN --mount=from=1,target=/a --mount=from=2,target=/b --mount=from=twinhull-from-1,target=/d x from=0',
    );
  });

  it('are left out for images with ONBUILD instructions, which are named by digest where there is one', async () => {
    const text =
      'FROM a\nCOPY --from=b:1 / /\nRUN --mount=from=c,target=/c --mount=from=0,target=/x true\nCOPY --from=d / /\n';
    expect(await staged(text, '1 sha256:00\n3 -\n')).toBe(
      'FROM c AS twinhull-from-2\nFROM a\nCOPY --from=b:1@sha256:00 / /\n' +
        'RUN --mount=from=twinhull-from-2,target=/c --mount=from=1,target=/x true\nCOPY --from=d / /\n',
    );
    expect(await staged('FROM a\nCOPY --from=b / /\n', '1 sha256:00\n')).toBe('FROM a\nCOPY --from=b@sha256:00 / /\n');
  });

  it.each([
    ['lower case', 'arg X\nfrom a\ncopy --from=b / /\n', 'from b as twinhull-from-1\nfrom a'],
    ['mixed case', 'From a\nCOPY --from=b / /\n', 'From b AS twinhull-from-1\nFrom a'],
  ])(
    'have their instruction in the %s of the first one, for BuildKit warns of a difference',
    async (__, text, expected) => {
      expect(await staged(text)).toContain(expected);
    },
  );

  it.each([
    ['a comment', '# The tool\n# syntax=example/other:1\n'],
    ['an empty line', '\n# syntax=example/other:1\n# escape=`\n'],
  ])('are added where a directive comes after %s, which makes it a comment', async (__, start) => {
    expect(await staged(`${start}FROM a\nCOPY --from=b \\\n / /\n`)).toContain('--from=twinhull-from-1');
  });

  it('are added to a Dockerfile with an interpreter line', async () => {
    const start = '#!/usr/bin/env docker\n# syntax=docker/dockerfile:1\n';
    expect(await staged(`${start}FROM a\nCOPY --from=b / /\n`)).toContain(`${start}FROM b AS twinhull-from-1\n`);
  });

  it.each([
    ['Windows line ends', 'FROM a\r\nCOPY --from=b \\\r\n / /\r\n'],
    ['another escape character', '# escape=`\nFROM a `\n  AS x\nCOPY --from=b `\n / /\n'],
    ['a byte order mark', '\uFEFF# escape=`\nFROM a\nCOPY --from=b `\n / /\n'],
    ['a word that only looks like the start of a here-document', 'FROM a\nRUN echo "x <<EOF y"\nCOPY --from=b / /\n'],
  ])('are added to a Dockerfile with %s', async (__, text) => {
    expect(await staged(text)).toContain('FROM b AS twinhull-from-1\nFROM a');
    expect(await staged(text)).toContain('COPY --from=twinhull-from-1 ');
  });

  it.each([
    ['no image', 'FROM a\nRUN true\n'],
    [
      'only stages, in any case of letters, and also later ones',
      'FROM a AS One\nCOPY --from=ONE / /\nCOPY --from=0 / /\nFROM b\nCOPY --from=last / /\nFROM c AS last\n',
    ],
    [
      'an image only in text',
      'FROM a\nRUN echo --mount=from=b\nRUN <<EOF\nCOPY --from=b / /\nEOF\nRUN x \\\nCOPY --from=c\n',
    ],
    ['an image only for builds that are based on it', 'FROM a\nONBUILD COPY --from=b / /\n'],
    ['nothing but scratch', 'FROM a\nCOPY --from=scratch / /\n'],
    ['another frontend', '# syntax=example/other:1\nFROM a\nCOPY --from=b / /\n'],
    ['another frontend after an interpreter line', '#!/bin/x\n# syntax=example/other:1\nFROM a\nCOPY --from=b / /\n'],
    ['another frontend in another form', '// syntax=example/other:1\nFROM a\nCOPY --from=b / /\n'],
    ['an escape character that only some versions read', '# check=skip=all\n# escape=`\nFROM a\nCOPY --from=b / /\n'],
    ['a stage with such a name', 'FROM a AS twinhull-from-1\nFROM c\nCOPY --from=b / /\n'],
    ['a variable, which Docker refuses there', 'FROM a\nCOPY --from=$B / /\n'],
    ['no stage', 'COPY --from=b / /\n'],
    ['a stage by its number in another form', 'FROM a\nCOPY --from="0" / /\nCOPY --from=b / /\n'],
    ['a stage by its number at the end of a line', 'FROM a\nCOPY --from=0\\\n / /\nCOPY --from=b / /\n'],
    [
      'a stage by its number after an option in quotes',
      'FROM a\nCOPY --exclude="x y" --from=0 / /\nCOPY --from=b / /\n',
    ],
    ['a stage by a variable', 'FROM a\nRUN --mount=from=$N,target=/x true\nCOPY --from=b / /\n'],
    ['a stage after two escape characters', "FROM a\nRUN printf 'x\\\\\nFROM b AS c\nCOPY --from=c / /\n"],
    [
      'a stage after a word that only looks like the start of a here-document',
      'FROM a\nRUN echo "use cat <<EOF now"\nFROM b AS c\nRUN <<EOF\ntrue\nEOF\nCOPY --from=c / /\n',
    ],
    ['nothing', ''],
  ])('leave a Dockerfile with %s unchanged', async (__, text) => {
    expect(await staged(text)).toBeUndefined();
  });
});

describe('the Dockerfile of a build', () => {
  /** Undefined if it is not known for certain. */
  async function named(...words: readonly string[]): Promise<string | undefined> {
    const text = await readFile(new URL('../../src/builder/script/programs/fresh.sh', import.meta.url), 'utf8');
    const [body] = /^name_file\(\) \{$[^]*?^\}$/m.exec(text) ?? [];
    const script = `${body ?? 'exit 9'}\nname_file "$@" && printf %s "$file"`;
    const ran = await execa('sh', ['-c', script, 'sh', 'build', ...words], { cwd: folder, reject: false });
    expect([0, 1]).toContain(ran.exitCode);
    return ran.exitCode === 0 ? ran.stdout : undefined;
  }

  beforeAll(async () => {
    await mkdir(join(folder, 'worker'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM a\n');
    await writeFile(join(folder, 'worker/Dockerfile'), 'FROM b\n');
  });

  it.each([
    [['.'], './Dockerfile'],
    [['-t', 'x', 'worker'], 'worker/Dockerfile'],
    [['-f', 'worker/Dockerfile', '.'], 'worker/Dockerfile'],
    [['--file=worker/Dockerfile', '--pull', '.'], 'worker/Dockerfile'],
    [['--build-arg', 'BUILDKIT_SYNTAX=docker/dockerfile:1', '.'], './Dockerfile'],
  ])('is found: %j', async (words, file) => {
    expect(await named(...words)).toBe(file);
  });

  it.each([
    [['.', '-t', 'worker']],
    [['.', '--target', 'worker']],
    [['-f', 'worker/Dockerfile', 'https://git.example/x.git']],
    [['-']],
    [['--build-context', 'x=y', '.']],
    [['--build-arg', 'BUILDKIT_SYNTAX=example/other', '.']],
    [['--build-arg', 'BUILDKIT_SYNTAX', '.']],
    [['-q', '.']],
    [['-qt', 'x', '.']],
    [['--progress=rawjson', '.']],
  ])('is left alone: %j', async (words) => {
    expect(await named(...words)).toBeUndefined();
  });
});
