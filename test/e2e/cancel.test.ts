import { describe, expect } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { collected } from '../helpers/e2e-collected.ts';
import type { GatedBuild } from '../helpers/e2e-gated-build.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

describe('Ctrl-C on an attached build', () => {
  itWithBuild('cancels it', async ({ build }) => {
    const building = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    building.kill('SIGINT');
    const { exitCode, stdout, stderr } = await building;
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain('cancelling; press Ctrl-C again to exit at once');
    const ended = JSON.parse(stdout) as BuildJson;
    expect(ended).toMatchObject({ id, state: 'cancelled', failure: null });
    await expectNothingLeft(build, ended);
  });

  itWithBuild('exits at once the second time, and the cancellation completes in the background', async ({ build }) => {
    const building = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    const output = collected(building.stderr);
    building.kill('SIGINT');
    await pollUntil('the first signal to be handled', () => output().includes('cancelling'));
    building.kill('SIGINT');
    const { exitCode, stdout } = await building;
    expect([exitCode, stdout]).toEqual([1, '']);
    const { exitCode: waited, stdout: seen, stderr } = await build.run(['wait', id, '--json', '--timeout', '60']);
    expect(waited, stderr).toBe(1);
    await expectNothingLeft(build, JSON.parse(seen) as BuildJson);
  });
});

describe('cancel', () => {
  itWithBuild('stops a build driven by another process, which retry then builds', async ({ build }) => {
    const building = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    const cancelling = await build.run(['cancel', id]);
    expect(cancelling).toEqual({ exitCode: 0, stdout: '', stderr: `build ${id} is being cancelled\n` });
    const { exitCode, stdout, stderr } = await building;
    expect(exitCode, stderr).toBe(1);
    await expectNothingLeft(build, JSON.parse(stdout) as BuildJson);

    build.letGo();
    const retried = await build.run(['retry', id, '--json']);
    expect(retried.exitCode, retried.stderr).toBe(0);
    const ended = JSON.parse(retried.stdout) as BuildJson;
    expect(ended.id).toBe(id);
    await expectPublished(build.bed, ended);
    const platforms = ['linux/amd64', 'linux/arm64'];
    expect(build.builders.starts(id)).toEqual(platforms.flatMap((platform) => [`${platform} 1`, `${platform} 2`]));
  });

  itWithBuild('stops a build without a driver', async ({ build }) => {
    const building = build.start(build.words());
    const { id } = await build.pausedAtGate();
    building.kill('SIGKILL');
    await building;
    expect(await build.run(['cancel', id])).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout, stderr } = await build.run(['wait', id, '--json', '--timeout', '60']);
    expect(exitCode, stderr).toBe(1);
    await expectNothingLeft(build, JSON.parse(stdout) as BuildJson);
  });
});

/** A cancelled build has no tag, no process, and no container that is not being removed. */
async function expectNothingLeft(build: GatedBuild, ended: BuildJson): Promise<void> {
  expect(ended.state).toBe('cancelled');
  expect(ended.jobs.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  await pollUntil('all processes to end', async () => (await build.processes()).length === 0);
  expect(await build.bed.builders(ended.id)).toEqual([]);
  expect(await build.bed.registry.published()).toEqual([]);
}
