import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace } from '../helpers/expect-refusal.ts';

/** In a shell, as users write it; `twinhull` is the program and `code` keeps its exit code. */
async function shell(bed: E2eBed, script: string): Promise<Ran & { readonly code: string }> {
  const preface = `twinhull() { '${process.execPath}' '${bed.program}' "$@"; echo $? >${bed.folder}/code; }\n`;
  const ran = await execa('bash', ['-c', preface + script], {
    env: bed.environment(),
    extendEnv: false,
    cwd: bed.folder,
    reject: false,
    timeout: 600_000,
  });
  expect(ran.timedOut).toBe(false);
  const { stdout: code } = await execa('cat', [`${bed.folder}/code`]);
  return { exitCode: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr, code };
}

describe('output whose reader closes early', () => {
  let bed: E2eBed;
  let build: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const lines = 'RUN i=0; while [ "$i" -lt 300 ]; do echo "line $i of the log"; i=$((i + 1)); done';
    const { url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n${lines}\n` });
    const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
    build = `twinhull build --repository ${url} --ref main --recipe ${recipe}`;
  });

  afterAll(() => bed.dispose());

  it.each(['--version', '--help', 'list', 'list --json', 'plan --help', 'nonsense'])(
    'ends twinhull %s quietly',
    async (words) => {
      const ran = await shell(bed, `twinhull ${words} 2>&1 | head -0`);
      expect(ran).toMatchObject({ stdout: '', stderr: '', code: words === 'nonsense' ? '2' : '0' });
    },
  );

  it('does not end a build, whose progress output is optional', async () => {
    const ran = await shell(bed, `${build} 2>&1 >result | head -1; cat result`);
    expect(ran.code).toBe('0');
    expect(ran.stdout).toMatch(/^build \* id is [0-9a-z]{12}\n/);
    expect(ran.stdout).toContain('published one at');
    expectNoStackTrace(ran);
    expect((await bed.builds()).map(({ state }) => state)).toEqual(['published']);
  });

  it('ends logs quietly, also in the middle of the output', async () => {
    const ran = await shell(bed, 'twinhull logs | head -3');
    expect(ran).toMatchObject({ stderr: '', code: '0' });
    expect(ran.stdout.split('\n')).toHaveLength(3);
  });

  it('does not hang when the stream is closed from the start', async () => {
    expect(await shell(bed, 'twinhull list >&-')).toMatchObject({ stdout: '', stderr: '', code: '0' });
    expect(await shell(bed, 'twinhull nonsense 2>&-')).toMatchObject({ stdout: '', stderr: '', code: '2' });
  });

  it('is an error when the disk is full', async () => {
    const ran = await shell(bed, 'twinhull list >/dev/full');
    expect(ran.code).toBe('2');
    expect(ran.stderr).toContain('error: the output cannot be written: ENOSPC');
    expectNoStackTrace(ran);
  });

  it('is an error before anything is built when the metadata file cannot be written', async () => {
    const before = await bed.builds();
    for (const command of [build, `twinhull retry ${before[0]?.id ?? ''}`]) {
      const ran = await shell(bed, `${command} --metadata-file /nonexistent/build.json`);
      expect(ran.code).toBe('2');
      expect(ran.stderr).toContain('error: the metadata file /nonexistent/build.json cannot be written: ENOENT');
      expectNoStackTrace(ran);
    }
    expect(await bed.builds()).toEqual(before);
  });

  it('keeps the result of a build whose metadata file cannot be written at the end', async () => {
    const ran = await shell(bed, `${build} --metadata-file /dev/full`);
    expect(ran.code).toBe('2');
    expect(ran.stdout).toContain('published one at');
    expect(ran.stderr).toContain('error: the metadata file /dev/full cannot be written: ENOSPC');
    expect(ran.stderr).toMatch(/the build is published: for its result, see twinhull status/);
    expectNoStackTrace(ran);
  });
});
