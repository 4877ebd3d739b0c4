import { describe, expect, onTestFinished } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { collected } from '../helpers/e2e-collected.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { startEngineProxy } from '../helpers/engine-proxy.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const eachOnce = ['linux/amd64 1', 'linux/arm64 1'];

describe('a driver that is killed in the middle of a build', () => {
  itWithBuild('is replaced by another caller of the same build', async ({ build }) => {
    const first = build.start(build.words('--json'));
    await build.pausedAtGate();
    const other = build.start(build.words('--json'));
    const progress = collected(other.stderr);
    await pollUntil('the other to join', () => progress().includes('is in progress'));
    first.kill('SIGKILL');
    expect((await first).signal).toBe('SIGKILL');
    build.letGo();

    const { exitCode, stdout, stderr } = await other;
    expect(exitCode, stderr).toBe(0);
    const ended = JSON.parse(stdout) as BuildJson;
    await expectPublished(build.bed, ended);
    expect(build.builders.starts(ended.id)).toEqual(eachOnce);
  });

  itWithBuild('is replaced by the background process of a detached build', async ({ build }) => {
    const first = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    const waiting = build.run(['wait', id, '--json']);
    expect(await build.run(build.words('--detach'))).toMatchObject({ exitCode: 0, stdout: `${id}\n` });
    first.kill('SIGKILL');
    build.letGo();

    const { exitCode, stdout, stderr } = await waiting;
    expect(exitCode, stderr).toBe(0);
    await pollUntil('the background to end by itself', async () => (await build.processes()).length === 0);
    await expectPublished(build.bed, JSON.parse(stdout) as BuildJson);
    expect(build.builders.starts(id)).toEqual(eachOnce);
  });

  itWithBuild('is replaced by a later command, which finds the complete log', async ({ build }) => {
    const first = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    first.kill('SIGKILL');
    await first;
    build.letGo();
    const { exitCode, stderr } = await build.run(['reconcile', '--until-idle']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const ended = await build.bed.status(id);
    await expectPublished(build.bed, ended);
    expect(build.builders.starts(id)).toEqual(eachOnce);
    const phases = ended.jobs.flatMap(({ attempts }) =>
      attempts.map((attempt) => attempt.phases.map(({ phase }) => phase)),
    );
    const each = ['tools', 'engine', 'secret', 'clone', 'checkout', 'login', 'build', 'push', 'cleanup'];
    expect(phases).toEqual([each, each]);
  });
});

describe('a driver that was suspended while another took over', () => {
  itWithBuild('does no harm when it resumes, and sees the end too', async ({ build }) => {
    const first = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    first.kill('SIGSTOP');
    build.letGo();
    const second = await build.run(build.words('--json'));
    expect(second.exitCode, second.stderr).toBe(0);
    const ended = JSON.parse(second.stdout) as BuildJson;
    await expectPublished(build.bed, ended);

    first.kill('SIGCONT');
    const { exitCode, stdout, stderr } = await first;
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(ended);
    expect(await build.bed.status(id)).toEqual(ended);
    await expectPublished(build.bed, ended);
    expect(build.builders.starts(id)).toEqual(eachOnce);
  });

  itWithBuild('resumes while the other still drives', async ({ build }) => {
    const first = build.start(build.words('--json'));
    const { id } = await build.pausedAtGate();
    first.kill('SIGSTOP');
    const second = build.start(['reconcile', '--until-idle']);
    await pollUntil('the other to take over', async () => (await build.leaseHolder())?.includes(`:${second.pid}:`));
    first.kill('SIGCONT');
    build.letGo();

    for (const { exitCode, stderr } of await Promise.all([first, second]))
      expect([exitCode, stderr]).toEqual([0, stderr]);
    const ended = JSON.parse((await first).stdout) as BuildJson;
    expect(ended.id).toBe(id);
    await expectPublished(build.bed, ended);
    expect(build.builders.starts(id)).toEqual(eachOnce);
  });

  itWithBuild('leaves no late job behind when it was suspended during a submit', async ({ build }) => {
    const create = heldOnce();
    const isCreate = (request: string): boolean =>
      /^POST \/v[\d.]+\/containers\/create\?name=\S+-amd64-1/.test(request);
    const proxy = await startEngineProxy(build.bed.lab.engine.host.replace('unix://', ''), (request) =>
      isCreate(request) ? create.hold() : 'pass',
    );
    onTestFinished(() => proxy.close());
    build.letGo();
    const first = build.start(build.words('--json'), { env: { DOCKER_HOST: proxy.address } });
    await pollUntil('the submit', () => create.isHeld());
    // The other half must have been submitted and recorded: only one submit may be in progress.
    await pollUntil('the other half', async () => !(await build.recorded('intended')).includes('linux/arm64'));
    first.kill('SIGSTOP');
    const second = await build.run(build.words('--json'));
    expect(second.exitCode, second.stderr).toBe(0);
    const ended = JSON.parse(second.stdout) as BuildJson;

    await pollUntil('the jobs to be gone', async () => (await build.bed.builders(ended.id)).length === 0);
    create.release();
    first.kill('SIGCONT');
    const { exitCode, stderr } = await first;
    expect(exitCode, stderr).toBe(0);
    await pollUntil('the late job', () => build.builders.starts(ended.id).length > eachOnce.length);
    // A duplicate may exist for a while: it cannot publish, and is terminated and removed.
    await pollUntil('the late job to be gone', async () => (await build.bed.builders(ended.id)).length === 0);
    await pollUntil('all processes to end', async () => (await build.processes()).length === 0);
    expect(build.builders.starts(ended.id)).toEqual(['linux/amd64 1', ...eachOnce]);
    await expectPublished(build.bed, await build.bed.status(ended.id));
  });
});

/** A request that waits for its release; only the first one does. */
function heldOnce() {
  let release = (): void => undefined;
  let isHeld = false;
  const released = new Promise<void>((resolve) => (release = resolve));
  return {
    async hold(): Promise<'pass'> {
      const isFirst = !isHeld;
      isHeld = true;
      if (isFirst) await released;
      return 'pass';
    },
    isHeld: () => isHeld,
    release,
  };
}
