import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed, type Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';

describe('a build whose arm64 half fails while the amd64 half is still running', () => {
  let bed: E2eBed;
  let ran: Ran;
  let build: BuildJson;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const dockerfile = [
      `FROM ${bed.lab.images.busybox}`,
      `RUN echo the culprit ${bed.name}; test "$(uname -m)" != aarch64 || exit 7`,
      'RUN i=0; while [ "$i" -lt 100 ]; do sleep 1; echo "second $i"; i=$((i + 1)); done',
    ];
    const { url } = await bed.repository({ Dockerfile: `${dockerfile.join('\n')}\n` });
    const recipe = await bed.file(oneImage());
    ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json']);
    build = JSON.parse(ran.stdout) as BuildJson;
  });

  afterAll(() => bed.dispose());

  it('ends with exit code 1', () => {
    expect(ran.exitCode).toBe(1);
    expect(build.state).toBe('failed');
  });

  it('publishes nothing', async () => {
    expect(await bed.registry.published()).toEqual([]);
    expect(build.tags).toEqual([]);
    expect(ran.stderr).toContain('nothing was published');
  });

  it('stops the other half, and leaves no container of either', async () => {
    expect(build.jobs.map(({ platform, state }) => [platform, state])).toEqual([
      ['linux/arm64', 'failed'],
      ['linux/amd64', 'stopped'],
    ]);
    const [attempt] = build.jobs[1]?.attempts ?? [];
    expect(attempt).toMatchObject({ state: 'ended', exitCode: 143, failure: null });
    expect(attempt?.phases.at(-1)).toMatchObject({ phase: 'cleanup', exitCode: 0 });
    expect(await bed.builders(build.id)).toEqual([]);
    const { stdout } = await bed.run(['logs', build.id, '--platform', 'linux/amd64']);
    expect(stdout).not.toContain('second 99');
    expect(ran.stderr).toMatch(/^amd64 \* stopping the job: the other platform failed$/m);
    expect(ran.stderr).toMatch(/^amd64 \* build app is stopped after /m);
  });

  it('reports the platform, phase, image and command that failed, the exit code, and the last lines', () => {
    const summary = ran.stderr.slice(ran.stderr.indexOf('failed: one at'));
    expect(summary).toMatch(/^ {2}platform {3}linux\/arm64$/m);
    expect(summary).toMatch(/^ {2}phase {6}build$/m);
    expect(summary).toMatch(/^ {2}image {6}app$/m);
    expect(summary).toMatch(/^ {2}exit code {2}7$/m);
    expect(summary.replace(/\s+/g, ' ')).toContain(
      `the linux/arm64 job failed in phase build of image app with exit code 7: docker build failed at \`echo the culprit ${bed.name}; test "$(uname -m)" != aarch64 || exit 7\``,
    );
    expect(summary).toMatch(new RegExp(`^ {4}\\S #\\d+ \\d\\.\\d+ the culprit ${bed.name}$`, 'm'));
    expect(summary).not.toMatch(/#\d+ sha256:/);
    expect(build.failure).toMatchObject({
      code: 'JobFailed',
      platform: 'linux/arm64',
      phase: 'build',
      image: 'app',
      reason: 'step-failed',
      exitCode: 7,
      infrastructure: false,
    });
  });

  it('suggests next steps, with commands that work', async () => {
    const summary = ran.stderr.slice(ran.stderr.indexOf('what to do next'));
    expect(summary.replace(/\s+/g, ' ')).toContain('fix the error in the last log lines, then build the new commit');
    const [, command] = /^ {4}twinhull (logs .*?) {2}the whole log$/m.exec(summary) ?? [];
    const logs = await bed.run(command?.split(' ') ?? []);
    expect(logs.exitCode).toBe(0);
    expect(logs.stdout).toContain(`the culprit ${bed.name}`);
    expect(summary).toContain(`twinhull retry ${build.id} `);
  });

  it('shows the same in later commands', async () => {
    const status = await bed.run(['status', build.id]);
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toContain('exit code  7');
    const wait = await bed.run(['wait', build.id, '--json']);
    expect(wait.exitCode).toBe(1);
    expect(JSON.parse(wait.stdout)).toEqual(build);
  });
});
