import { describe, expect, it } from 'vitest';
import { type DriverWorld, drive, freshWorld, submit, within } from '../../../test/helpers/driver-world.ts';
import { expectInvariants } from '../../../test/helpers/invariants.ts';
import { arm64, sampleBuild } from '../../../test/helpers/sample-builds.ts';
import { againMark } from '../../builder/phase-marks.ts';
import type { LogId } from '../../ports/build-store.ts';
import type { JobBackend, LogChunk } from '../../ports/job-backend.ts';
import { silentReporter } from '../../ports/reporter.ts';
import { LogCollector } from './log-collector.ts';

const nonce = 'a'.repeat(32);
const lines = [
  `##twinhull ${nonce} 10.00 hello 1 1767225600 key\n`,
  `##twinhull ${nonce} 11.00 begin build task\n`,
  'grüße\n',
  `##twinhull ${nonce} 12.50 note something\n`,
  `##twinhull ${nonce} 13.00 end build task 0\n`,
];

/** A log whose reading the test controls: `cut` returns after how many lines it breaks off, and how. */
async function logged(
  cut: (read: number) => 'ends' | 'breaks' | undefined,
  meanwhile: (read: number) => Promise<void> | undefined = () => undefined,
): Promise<{ world: DriverWorld; log: LogId; backend: JobBackend; collector: () => LogCollector }> {
  const world = await freshWorld();
  const build = sampleBuild(world.plan);
  await world.store.create(build, world.plan, []);
  const readLog = async function* (_: string, { cursor }: { cursor?: string | undefined }): AsyncGenerator<LogChunk> {
    for (let index = Number(cursor ?? 0); index < lines.length; index += 2) {
      const how = cut(index);
      if (how === 'breaks') throw new RangeError('the connection broke');
      if (how === 'ends') return;
      await meanwhile(index);
      yield { text: lines.slice(index, index + 2).join(''), cursor: String(index + 2) };
    }
  };
  const backend = Object.assign(Object.create(world.backend) as typeof world.backend, { readLog });
  const { store, clock } = world;
  const collector = (): LogCollector => new LogCollector({ store, backend, clock, reporter: silentReporter });
  return { world, log: { buildId: build.id, platform: arm64, attempt: 1 }, backend, collector };
}

async function stored({ store }: DriverWorld, log: LogId): Promise<string> {
  return (await store.readLog(log, 0, 100)).map(({ text }) => text).join('');
}

describe('the log collector', () => {
  it('stores the log and the events from its marks once', async () => {
    const { world, log, collector } = await logged(() => undefined);
    const report = await collector().finish(log, 'job');
    expect(report.phases).toEqual([{ phase: 'build', image: 'task', startSeconds: 1, seconds: 2, exitCode: 0 }]);
    expect(await collector().finish(log, 'job')).toEqual(report);
    expect(await stored(world, log)).toBe(lines.join(''));
    const events = await world.store.events({ after: 0, limit: 99, buildId: log.buildId });
    expect(events.map(({ event }) => event.type)).toEqual(['job.phase', 'job.note', 'job.phase']);
  });

  it('records the subject and author of the commit, once for each log', async () => {
    const { world, log, backend } = await logged(() => undefined);
    const prefix = (lines[0] ?? '').split(' hello ')[0] ?? '';
    const chunk = { text: `${lines[0] ?? ''}${prefix} commit Rml4 QWRh\n${prefix} commit T3RoZXI= -\n`, cursor: '1' };
    Object.assign(backend, {
      readLog: async function* (): AsyncGenerator<LogChunk> {
        yield chunk;
      },
    });
    await new LogCollector({ ...world, backend, reporter: silentReporter }).finish(log, 'job');
    const events = await world.store.events({ after: 0, limit: 99, buildId: log.buildId });
    const reported = { type: 'job.commit', platform: arm64, attempt: 1, subject: 'Fix', author: 'Ada' };
    expect(events.map(({ event }) => event)).toEqual([reported]);
    expect(await world.store.load(log.buildId)).toMatchObject({ subject: 'Fix', author: 'Ada' });
  });

  it('records a restart by the backend with its reason', async () => {
    const { world, log, backend } = await logged(() => undefined);
    const again = againMark(lines[0]?.trimEnd() ?? '', 'Host EC2 terminated') ?? '';
    const readLog = async function* (): AsyncGenerator<LogChunk> {
      yield { text: [...lines.slice(0, 3), `${again}\n`].join(''), cursor: '1' };
    };
    Object.assign(backend, { readLog });
    await new LogCollector({ ...world, backend, reporter: silentReporter }).finish(log, 'job');
    const events = await world.store.events({ after: 0, limit: 99, buildId: log.buildId });
    expect(events.map(({ event }) => event)).toMatchObject([
      { type: 'job.phase', status: 'begin' },
      { type: 'job.restarted', platform: arm64, attempt: 1, reason: 'Host EC2 terminated' },
    ]);
  });

  it('reports the end of a log only if it contained something new', async () => {
    const { world, log, backend } = await logged(() => undefined);
    let ends = 0;
    const collector = new LogCollector({ ...world, backend, reporter: silentReporter }, () => (ends += 1));
    await collector.finish(log, 'job');
    expect(ends).toBe(1);
    await collector.finish(log, 'job');
    expect(ends).toBe(1);
  });

  it('resumes where another process stopped, and still recognizes the marks', async () => {
    let until = 2;
    const { world, log, collector } = await logged((read) => (read === until ? 'ends' : undefined));
    await collector().finish(log, 'job');
    until = 99;
    const report = await collector().finish(log, 'job');
    expect(await stored(world, log)).toBe(lines.join(''));
    expect(report.phases).toHaveLength(1);
  });

  it('resumes after a broken connection', async () => {
    let breaks = 3;
    const { world, log, collector } = await logged((read) => (read === 2 && breaks-- > 0 ? 'breaks' : undefined));
    await within(world, 1, collector().finish(log, 'job'));
    expect(await stored(world, log)).toBe(lines.join(''));
  });

  it('returns what it has if the log stays unavailable', async () => {
    const { world, log, collector } = await logged((read) => (read === 2 ? 'breaks' : undefined));
    const begin = world.clock.now();
    const report = await within(world, 1, collector().finish(log, 'job'));
    expect(world.clock.now() - begin).toBe(30_000);
    expect(report.phases).toMatchObject([{ phase: 'build', image: 'task' }]);
  });

  it('leaves the end of a job to the next driver if it is stopped meanwhile', async () => {
    const { log, collector } = await logged((read) => (read === 2 ? 'breaks' : undefined));
    const stopped = collector();
    const finishing = stopped.finish(log, 'job');
    await stopped.stop();
    await expect(finishing).rejects.toMatchObject({ code: 'LeaseLost' });
  });

  it('loses nothing if another driver stores a chunk of another size meanwhile', async () => {
    let meddle = async (): Promise<void> => undefined;
    const { world, log, collector } = await logged(
      () => undefined,
      (read) => (read === 2 ? meddle() : undefined),
    );
    meddle = async () => {
      meddle = async () => undefined;
      const text = lines[2] ?? '';
      const { offset } = await world.store.logPosition(log);
      expect(await world.store.appendLog({ log, offset, text, cursor: '3' }, [], world.clock.now())).toBe(true);
    };
    await collector().finish(log, 'job');
    expect(await stored(world, log)).toBe(lines.join(''));
  });

  it('keeps the whole log if answers are lost at the end of the job', async () => {
    let reads = 0;
    const world = await freshWorld({
      backend: {
        script: () => ({ runMilliseconds: 0 }),
        fault: (operation) => (operation === 'log' && reads++ < 5 ? 'lost-after' : undefined),
      },
    });
    const { id } = await submit(world);
    await within(world, 1, drive(world).over);
    expect((await expectInvariants(world, id)).state).toBe('published');
  });
});
