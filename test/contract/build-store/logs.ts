import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Build } from '../../../src/domain/build.ts';
import type { BuildEvent } from '../../../src/domain/build-event.ts';
import { decodeLineTimes } from '../../../src/domain/line-times.ts';
import { storedLog } from '../../../src/pipeline/logs/stored-log.ts';
import type { BuildStore, LogId } from '../../../src/ports/build-store.ts';
import { amd64, arm64 } from '../../helpers/sample-builds.ts';
import { createBuild, freshStore, type OpenStore, start } from './open-store.ts';

export function logCases(open: OpenStore): void {
  it('has an empty log at first', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    expect(await store.logPosition(log)).toEqual({ offset: 0, cursor: undefined });
    expect(await store.readLog(log, 0, 9)).toEqual([]);
  });

  it('counts bytes, not characters', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    const texts = ['grüße\n', '\u{1F40B}\u{1F40B}\n', 'plain\n'];
    await appendAll(store, log, texts);
    expect(await store.logPosition(log)).toEqual({ offset: 8 + 9 + 6, cursor: 'c2' });
    expect(await store.readLog(log, 0, 9)).toEqual([
      { offset: 0, text: texts[0] },
      { offset: 8, text: texts[1] },
      { offset: 17, text: texts[2] },
    ]);
    expect(await store.readLog(log, 17, 9)).toEqual([{ offset: 17, text: texts[2] }]);
    expect(await store.readLog(log, 23, 9)).toEqual([]);
  });

  it('has the lengths of many logs at once, in their order', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const [first, empty] = [logOf(build), { ...logOf(build), attempt: 7 }];
    const other = { ...logOf((await createBuild(store)).build), platform: amd64 };
    await appendAll(store, first, ['a\n', 'b\n']);
    await appendAll(store, other, ['grüße\n']);
    expect(await store.logLengths([other, empty, first, other])).toEqual([8, 0, 4, 8]);
    expect(await store.logLengths([])).toEqual([]);
    const many = Array.from({ length: 1_000 }, (_, n) => ({ ...first, attempt: 1_000 - n }));
    expect((await store.logLengths(many)).flatMap((length, n) => (length === 0 ? [] : [[n, length]]))).toEqual([
      [999, 4],
    ]);
  });

  it('keeps when lines were printed, unless the times do not fit the lines', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    const pieces = [
      { text: 'a\n\n', times: [start, start - 5] },
      { text: 'b\n', times: [start, start] },
      { text: 'c\n' },
      { text: 'd', times: [start + 7] },
    ];
    let offset = 0;
    for (const [index, piece] of pieces.entries()) {
      await store.appendLog({ log, offset, cursor: String(index), ...piece }, [], start);
      offset += Buffer.byteLength(piece.text);
    }
    const stored = await store.readLog(log, 0, 9);
    const times = stored.map(({ lineTimes }) => lineTimes && decodeLineTimes(lineTimes));
    expect(times).toEqual([[start, start - 5], undefined, undefined, [start + 7]]);
  });

  it('reads pages', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    await appendAll(store, log, ['a\n', 'b\n', 'c\n', 'd\n', 'e\n']);
    let text = '';
    for (;;) {
      const chunks = await store.readLog(log, Buffer.byteLength(text), 2);
      text += chunks.map((chunk) => chunk.text).join('');
      if (chunks.length < 2) break;
    }
    expect(text).toBe('a\nb\nc\nd\ne\n');
  });

  it('reads at most one chunk beyond a megabyte at once, and many small ones', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    const long = `${'x'.repeat(700_000)}\n`;
    const texts = [long, long, long, 'short\n'];
    await appendAll(store, log, texts);
    const read = async (from: number) => (await store.readLog(log, from, 99)).map(({ text }) => text.length);
    expect(await read(0)).toEqual([long.length, long.length]);
    expect(await read(2 * long.length)).toEqual([long.length, 6]);
    let text = '';
    for await (const each of storedLog(store, log)) text += each;
    expect(text).toBe(texts.join(''));
  });

  it('stores a chunk once, however often and by however many it is sent', async () => {
    const { store, connect } = await freshStore(open);
    const { build } = await createBuild(store);
    const log = logOf(build);
    const note: BuildEvent = { type: 'job.note', platform: arm64, attempt: 1, text: 'once' };
    const chunk = { log, offset: 0, text: 'hello\n', cursor: 'c' };
    const stores = [store, await connect(), await connect()];
    const fits = await Promise.all(stores.map((each) => each.appendLog(chunk, [note], start)));
    expect(fits.filter(Boolean)).toHaveLength(1);
    expect(await store.readLog(log, 0, 9)).toEqual([{ offset: 0, text: 'hello\n' }]);
    const events = await store.events({ after: 0, limit: 9, buildId: build.id });
    expect(events.filter(({ event }) => event.type === 'job.note')).toHaveLength(1);
  });

  it('refuses a chunk that overlaps or leaves a gap', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    expect(await store.appendLog({ log, offset: 0, text: 'hello\n', cursor: 'c0' }, [], start)).toBe(true);
    expect(await store.appendLog({ log, offset: 3, text: 'lo\nmore\n', cursor: 'c1' }, [], start)).toBe(false);
    expect(await store.appendLog({ log, offset: 60, text: 'later\n', cursor: 'c1' }, [], start)).toBe(false);
    expect(await store.logPosition(log)).toEqual({ offset: 6, cursor: 'c0' });
  });

  it('does not change the version of the build that the driver holds', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    await store.appendLog(
      { log: logOf(build), offset: 0, text: 'x\n', cursor: 'c' },
      [{ type: 'job.note', platform: arm64, attempt: 1, text: 'x' }],
      start,
    );
    expect(await store.load(build.id)).toEqual(build);
    expect((await store.append(build, [{ type: 'build.cancel-requested' }], start)).version).toBe(build.version + 1);
  });

  it('keeps the first subject and author that a job reports, without a new version', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const log = logOf(build);
    const report = (labels: { subject?: string; author?: string }): BuildEvent => ({
      type: 'job.commit',
      platform: arm64,
      attempt: 1,
      ...labels,
    });
    const first = { subject: "Fix \u{1F40B} '; drop table builds; -- <b>", author: 'Ada "%" Łovelace' };
    await store.appendLog({ log, offset: 0, text: 'x\n', cursor: 'c' }, [report(first)], start);
    expect(await store.load(build.id)).toEqual({ ...build, ...first });
    const later = { ...log, platform: amd64 };
    await store.appendLog({ log: later, offset: 0, text: 'x\n', cursor: 'c' }, [report({ subject: 'Other' })], start);
    await store.append(build, [{ type: 'build.cancel-requested' }], start);
    expect(await store.load(build.id)).toMatchObject({ version: build.version + 1, ...first });
    expect(await store.list({ limit: 1 })).toMatchObject([first]);
    expect(await store.events({ after: 0, limit: 9, buildId: build.id })).toMatchObject([
      {},
      { event: { type: 'job.commit', ...first } },
      { event: { type: 'job.commit', subject: 'Other' } },
      {},
    ]);
  });

  it('keeps the logs of platforms and attempts apart', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    const logs = [log, { ...log, platform: amd64 }, { ...log, attempt: 2 }];
    for (const [index, each] of logs.entries()) await appendAll(store, each, [`log ${String(index)}\n`]);
    const texts = await Promise.all(
      logs.map(async (each) => (await store.readLog(each, 0, 9)).map(({ text }) => text)),
    );
    expect(texts).toEqual([['log 0\n'], ['log 1\n'], ['log 2\n']]);
  });

  it('keeps the text after a NUL, which is read back as a space', async () => {
    const { store } = await freshStore(open);
    const log = logOf((await createBuild(store)).build);
    await appendAll(store, log, ['a\0b\n', 'c\n']);
    expect(await store.readLog(log, 0, 9)).toEqual([
      { offset: 0, text: 'a b\n' },
      { offset: 4, text: 'c\n' },
    ]);
  });

  it('returns any text byte for byte', async () => {
    const { store } = await freshStore(open);
    const { build } = await createBuild(store);
    const texts = fc.array(
      fc
        .string({ unit: 'grapheme', minLength: 1 })
        .map((text) => text.replaceAll('\0', ''))
        .filter((text) => text !== ''),
      { maxLength: 5 },
    );
    let attempt = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (chunks) => {
        const log = { ...logOf(build), attempt: ++attempt };
        await appendAll(store, log, chunks);
        const stored = await store.readLog(log, 0, 9);
        expect(stored.map(({ text }) => text)).toEqual(chunks);
        expect((await store.logPosition(log)).offset).toBe(Buffer.byteLength(chunks.join('')));
      }),
      { numRuns: 50 },
    );
  });
}

function logOf(build: Build): LogId {
  return { buildId: build.id, platform: arm64, attempt: 1 };
}

async function appendAll(store: BuildStore, log: LogId, texts: readonly string[]): Promise<void> {
  for (const [index, text] of texts.entries()) {
    const { offset } = await store.logPosition(log);
    expect(await store.appendLog({ log, offset, text, cursor: `c${String(index)}` }, [], start)).toBe(true);
  }
}
