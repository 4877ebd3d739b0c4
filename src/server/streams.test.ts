import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { amd64 } from '../../test/helpers/sample-builds.ts';

interface Streamed {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string;
}

/** Reads events of a stream until there are `count`, then goes away; or until it ends. */
async function listen(
  url: string,
  lastId: string | undefined,
  count: number,
  seen: Streamed[] = [],
): Promise<readonly Streamed[]> {
  const headers = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
  const response = await fetch(url, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) continue;
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      seen.push({ id: field('id'), type: field('event'), data: field('data') ?? '' });
      if (seen.length < count) continue;
      return seen;
    }
  }
  return seen;
}

it('streams events and logs that go on where a reader left, without gap or repeat', async () => {
  const { app, stores, stop } = await apiBed();
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  let { build } = await createBuild(stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  const name = `twinhull-${build.id}-amd64-1`;
  build = await stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1);
  const log = { buildId: build.id, ...job };
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index} é\r\n`);

  const writing = (async () => {
    let offset = 0;
    for (const [index, text] of lines.entries()) {
      const note = { type: 'job.note', ...job, text: `note ${index}` } as const;
      await stores.builds.appendLog({ log, offset, text, cursor: String(index) }, [note], 1);
      offset += Buffer.byteLength(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const failure = { code: 'JobFailed', message: 'failed', hint: 'mend', infrastructure: false } as const;
    await stores.builds.append(build, [{ type: 'build.failed', failure }], 2);
  })();

  const readAll = async (url: string): Promise<readonly Streamed[]> => {
    const all: Streamed[] = [];
    for (let turn = 1; ; turn += 1) {
      const some = await listen(url, all.at(-1)?.id, 1 + (turn % 7));
      all.push(...some.filter(({ type }) => type !== 'end'));
      if (some.some(({ type }) => type === 'end')) return all;
    }
  };
  const [events, texts] = await Promise.all([
    readAll(`${address}/v1/builds/${build.id}/events`),
    readAll(`${address}/v1/builds/${build.id}/logs/amd64`),
    writing,
  ]);
  const stored = await stores.builds.events({ after: 0, limit: 1000 });
  expect(events.map(({ id }) => Number(id))).toEqual(stored.map(({ sequence }) => sequence));
  expect(events.map(({ data }) => JSON.parse(data) as unknown)).toMatchObject(stored.map(({ event }) => ({ event })));
  expect(texts.map(({ data }) => (JSON.parse(data) as { text: string }).text).join('')).toBe(lines.join(''));

  const after = await fetch(`${address}/v1/builds/${build.id}/events`, {
    headers: { accept: 'text/event-stream', 'last-event-id': events.at(-1)?.id ?? '' },
  });
  expect(after.status).toBe(204);

  const seen: Streamed[] = [];
  const endless = listen(`${address}/v1/events`, undefined, 1_000, seen);
  await pollUntil('all events', () => seen.length === stored.length);
  stop.abort();
  expect(await endless).toHaveLength(stored.length);
});
