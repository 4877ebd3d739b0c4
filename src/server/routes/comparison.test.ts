import { expect, it, vi } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { type ApiBed, apiBed } from '../../../test/helpers/api-bed.ts';
import { holdLogReads } from '../../../test/helpers/held-log-reads.ts';
import { askAndLeave } from '../../../test/helpers/leaving-client.ts';
import { pollUntil } from '../../../test/helpers/poll-until.ts';
import { amd64 } from '../../../test/helpers/sample-builds.ts';
import { shownDigest } from '../../../test/helpers/shown-builds.ts';
import type { Build } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { PhaseSpan } from '../../domain/failure.ts';
import { comparisonSchema } from '../schemas/comparison-schema.ts';

interface Run {
  readonly seconds: number;
  readonly log: string;
  readonly digest: string;
}

/** Runs the amd64 half of a build. */
async function run({ stores }: ApiBed, build: Build, { seconds, log, digest }: Run): Promise<Build> {
  const job = { platform: amd64, attempt: 1 } as const;
  const at = build.createdAt;
  const name = `twinhull-${build.id}-amd64-1`;
  await stores.builds.appendLog({ log: { buildId: build.id, ...job }, offset: 0, text: log, cursor: 'c' }, [], at);
  const phases: readonly PhaseSpan[] = [{ phase: 'build', image: 'app', startSeconds: 0, seconds, exitCode: 0 }];
  const bases = { app: [{ reference: 'debian:bookworm', digest: shownDigest(digest) }] };
  const sent = await stores.builds.append(build, [{ type: 'job.intended', ...job, name }], at);
  const events: readonly BuildEvent[] = [
    { type: 'job.queued', ...job, backendId: name, adopted: false },
    { type: 'job.started', ...job, jobKey: 'key', startedAt: at + 2_000 },
    {
      type: 'job.ended',
      ...job,
      result: 'succeeded',
      finishedAt: at + 2_000 + seconds * 1000,
      exitCode: 0,
      phases,
      bases,
    },
  ];
  return stores.builds.append(sent, events, at);
}

const comparisonOf = async ({ call }: ApiBed, { id }: Build) => {
  const { status, text, json } = await call({ method: 'GET', url: `/v1/builds/${id}/comparison` });
  expect(status, text).toBe(200);
  return comparisonSchema.parse(json);
};

it('compares a build with the last one of its recipe and branch that was published', async () => {
  const bed = await apiBed();
  const { build: first } = await createBuild(bed.stores.builds, { branch: 'main' });
  expect(await comparisonOf(bed, first)).toEqual({ buildId: first.id, baseline: null, jobs: [] });
  const ran = await run(bed, first, { seconds: 10, log: '12.1 s: compiled\n7 tests passed\n', digest: '1' });
  await bed.stores.builds.append(ran, [{ type: 'build.published' }], first.createdAt);

  const { build: elsewhere } = await createBuild(bed.stores.builds, {
    branch: 'other',
    createdAt: first.createdAt + 1,
  });
  await bed.stores.builds.append(elsewhere, [{ type: 'build.published' }], first.createdAt);
  const { build } = await createBuild(bed.stores.builds, { branch: 'main', createdAt: first.createdAt + 2 });
  await run(bed, build, { seconds: 12.5, log: '3 s: compiled\n\n6 tests passed\n', digest: '2' });

  const { baseline, jobs } = await comparisonOf(bed, build);
  expect(baseline).toMatchObject({ id: first.id, commit: first.commit, branch: 'main' });
  expect(jobs.find(({ platform }) => platform === amd64)).toEqual({
    platform: amd64,
    attempt: 1,
    baselineAttempt: 1,
    waiting: { value: 2, baseline: 2, difference: 0 },
    running: { value: 12.5, baseline: 10, difference: 2.5 },
    phases: [{ phase: 'build', image: 'app', exitCode: 0, value: 12.5, baseline: 10, difference: 2.5 }],
    images: [
      {
        image: 'app',
        value: null,
        baseline: null,
        difference: null,
        bases: [{ reference: 'debian:bookworm', digest: shownDigest('2'), baselineDigest: shownDigest('1') }],
      },
    ],
    hasLogs: true,
    difference: { number: 3, text: '6 tests passed', instead: { number: 2, text: '7 tests passed' } },
  });
  const other = jobs.find(({ platform }) => platform !== amd64);
  expect(other).toMatchObject({ attempt: null, baselineAttempt: null, phases: [], hasLogs: false, difference: null });
});

it('leaves the names of both builds out of both logs, and compares one log after the other', async () => {
  const bed = await apiBed();
  const { build: first } = await createBuild(bed.stores.builds, { author: 'Ada Lovelace' });
  const same = 'copy /root/.cache\n';
  const ran = await run(bed, first, {
    seconds: 1,
    log: `by Ada Lovelace\n${same}`,
    digest: '1',
  });
  await bed.stores.builds.append(ran, [{ type: 'build.published' }], first.createdAt);
  const { build } = await createBuild(bed.stores.builds, { createdAt: first.createdAt + 1, author: 'root' });
  await run(bed, build, { seconds: 1, log: `by root\n${same}`, digest: '1' });
  const read = vi.spyOn(bed.stores.builds, 'readLog');
  const { jobs } = await comparisonOf(bed, build);
  expect(jobs.find(({ platform }) => platform === amd64)).toMatchObject({ hasLogs: true, difference: null });
  const logsRead = () => read.mock.calls.map(([{ buildId }]) => buildId);
  const once = logsRead();
  read.mockClear();
  await Promise.all([comparisonOf(bed, build), comparisonOf(bed, build)]);
  expect(logsRead()).toEqual([...once, ...once]);
});

it('knows no comparison of a build that does not exist', async () => {
  const bed = await apiBed();
  const { json } = await bed.call({ method: 'GET', url: '/v1/builds/0000000000zz/comparison' });
  expect(json).toMatchObject({ code: 'BuildNotFound' });
});

it('does not read logs for a client that has disconnected while it waited for its turn', async () => {
  const bed = await apiBed();
  const { build: first } = await createBuild(bed.stores.builds);
  const ran = await run(bed, first, { seconds: 1, log: 'one\n', digest: '1' });
  await bed.stores.builds.append(ran, [{ type: 'build.published' }], first.createdAt);
  const { build } = await createBuild(bed.stores.builds, { createdAt: first.createdAt + 1 });
  await run(bed, build, { seconds: 1, log: 'two\n', digest: '2' });
  const reads = holdLogReads(bed.stores.builds);
  const arrived = vi.spyOn(bed.stores.builds, 'list');
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `${address}/v1/builds/${build.id}/comparison`;
  const answered = fetch(url, { headers: bed.headers });
  await reads.begun();
  const twice = () => pollUntil('the second request', () => arrived.mock.calls.length === 2);
  await askAndLeave(bed.app, { url, headers: bed.headers, arrived: twice });
  reads.letGo();
  expect((await answered).status).toBe(200);
  const readsOfOne = reads.count();
  expect((await fetch(url, { headers: bed.headers })).status).toBe(200);
  // The one that left read nothing: its turn came before the third one's.
  expect(reads.count()).toBe(2 * readsOfOne);
});
