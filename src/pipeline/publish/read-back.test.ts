import { describe, expect, it } from 'vitest';
import {
  type DriverWorld,
  drive,
  freshWorld,
  requireEnded,
  submit,
  within,
} from '../../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import type { Build } from '../../domain/build.ts';
import type { LogChunk, ReadLogOptions } from '../../ports/job-backend.ts';

/** Passes the output of jobs through `change`. */
function rewriteLogs({ backend }: DriverWorld, change: (line: string) => string): void {
  const readLog = backend.readLog.bind(backend);
  Object.assign(backend, {
    readLog: async function* (id: string, options: ReadLogOptions): AsyncGenerator<LogChunk> {
      for await (const chunk of readLog(id, options)) {
        yield {
          ...chunk,
          text: chunk.text
            .split(/(?<=\n)/)
            .map(change)
            .join(''),
        };
      }
    },
  });
}

async function built(world: DriverWorld): Promise<Build> {
  const { id } = await submit(world);
  await within(world, 9, drive(world).over);
  return await requireEnded(world, id);
}

const withoutReport = (line: string): string => (line.includes(' pushed ') ? '' : line);
const asVersion1 = (line: string): string => withoutReport(line).replace(' hello 2 ', ' hello 1 ');

describe('reading images back', () => {
  it('uses the digests that the jobs report', async () => {
    const world = await freshWorld();
    const build = await built(world);
    await expectInvariants(world, build.id);
    for (const { image, platform, digest } of build.images) {
      const attempt = build.jobs.find((job) => job.platform === platform)?.attempts.at(-1);
      expect(attempt?.pushed?.[image]).toBe(digest);
    }
  });

  it('publishes nothing if a staging tag names another image than the job pushed', async () => {
    const world = await freshWorld();
    let replaced = '';
    rewriteLogs(world, (line) => {
      const job = world.backend.jobs.find(({ request }) => request.platform === 'linux/arm64');
      if (replaced === '' && line.includes('building for linux/arm64') && job?.jobKey !== undefined) {
        replaced = `staging-task-arm64-${job.jobKey}`;
        world.clock.after(70_000, () => world.registry.push(replaced, 'linux/arm64', 'of another client'));
      }
      return line;
    });
    // Their push comes after that of the job, and before the log is read to its end.
    const slow = world.backend.describe.bind(world.backend);
    Object.assign(world.backend, {
      describe: async (...args: Parameters<typeof slow>) => {
        const seen = await slow(...args);
        const wait = world.clock.now() < (world.backend.jobs[0]?.createdAt ?? 0) + 120_000;
        return wait ? new Map([...seen].map(([id, job]) => [id, { ...job, state: 'running' as const }])) : seen;
      },
    });
    const build = await built(world);
    expect(build).toMatchObject({ state: 'failed', tags: [], failure: { code: 'StagingTagMoved' } });
    expect(build.failure?.message).toContain(`${replaced} names sha256:`);
    expect(build.failure?.infrastructure).toBe(false);
  });

  it('uses the staging tags for a builder of report version 1, as after an upgrade', async () => {
    const world = await freshWorld();
    rewriteLogs(world, asVersion1);
    const build = await built(world);
    expect(build).toMatchObject({ state: 'published' });
    expect(build.jobs[0]?.attempts[0]?.pushed).toBeUndefined();
  });

  it('fails with a temporary error if the log does not report the digests', async () => {
    const world = await freshWorld();
    rewriteLogs(world, withoutReport);
    const build = await built(world);
    expect(build).toMatchObject({
      state: 'failed',
      tags: [],
      failure: { code: 'DigestsUnknown', infrastructure: true },
    });
    expect(build.jobs[0]?.attempts).toHaveLength(world.policy.maxAttempts);
  });

  it('waits for an unreadable log, then reads it', async () => {
    let from = Number.POSITIVE_INFINITY;
    const world: DriverWorld = await freshWorld({
      backend: { fault: (operation) => (operation === 'log' && world.clock.now() < from ? 'lost-before' : undefined) },
    });
    from = world.clock.now() + 20 * 60_000;
    const build = await built(world);
    expect(build.state).toBe('published');
    expect(build.jobs.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
    const events = await world.store.events({ after: 0, limit: 999, buildId: build.id });
    expect(events.filter(({ event }) => event.type === 'publish.waiting')).toHaveLength(1);
  });

  it('rebuilds if the log stays unreadable for as long as the registry limit', async () => {
    const world = await freshWorld({
      backend: { fault: (operation) => (operation === 'log' ? 'lost-before' : undefined) },
      policy: { registryPatienceMilliseconds: 2 * 60_000 },
    });
    const build = await built(world);
    expect(build).toMatchObject({ state: 'failed', failure: { code: 'DigestsUnknown' } });
    expect(build.failure?.message).toContain('could not be read to its end');
  });
});
