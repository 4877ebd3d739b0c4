import { describe, expect } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { collected } from '../helpers/e2e-collected.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const eachOnce = ['linux/amd64 1', 'linux/arm64 1'];

describe.each([2, 5])('%i builds of the same commit at once', (count) => {
  itWithBuild('are one build, whose end each caller sees', async ({ build }) => {
    const callers = Array.from({ length: count }, () => build.start(build.words('--json')));
    const outputs = callers.map(({ stderr }) => collected(stderr));
    await build.pausedAtGate();
    const joined = (): number =>
      outputs.filter((text) => text().includes(' of the same images is in progress\n')).length;
    await pollUntil('all but one to join', () => joined() === count - 1);
    build.letGo();

    const ended = await Promise.all(callers);
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    const seen = ended.map(({ stdout }) => JSON.parse(stdout) as BuildJson);
    const [first] = seen;
    if (first === undefined) throw new Error('no process printed anything');
    for (const other of seen) expect(other).toEqual(first);
    expect(await build.bed.builds()).toHaveLength(1);
    await expectPublished(build.bed, first);
    expect(build.builders.starts(first.id)).toEqual(eachOnce);
  });
});

describe('builds of different commits at once', () => {
  itWithBuild('are all published, within the limit of concurrent jobs', async ({ build }) => {
    build.letGo();
    const branches = ['one', 'two', 'three'];
    const commits = await Promise.all(branches.map((branch) => build.commit(branch)));
    const env = { TWINHULL_MAX_JOBS: '2' };
    const ended = await Promise.all(
      branches.map((branch) => build.run(build.words('--ref', branch, '--json'), { env })),
    );
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    const published = ended.map(({ stdout }) => JSON.parse(stdout) as BuildJson);
    expect(published.map(({ commit }) => commit)).toEqual(commits);
    expect(await build.bed.registry.published()).toEqual([...commits].sort());
    for (const each of published) {
      await expectPublished(build.bed, each);
      expect(build.builders.starts(each.id)).toEqual(eachOnce);
    }
    expect(build.builders.mostAtOnce(published.map(({ id }) => id))).toBe(2);
  });
});
