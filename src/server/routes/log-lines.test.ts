import { expect, it, vi } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../../test/helpers/api-bed.ts';
import { holdLogReads } from '../../../test/helpers/held-log-reads.ts';
import { askAndLeave } from '../../../test/helpers/leaving-client.ts';
import { pollUntil } from '../../../test/helpers/poll-until.ts';
import { amd64 } from '../../../test/helpers/sample-builds.ts';
import { failedBuild } from '../../../test/helpers/shown-builds.ts';
import { logLinesSchema } from '../schemas/answers.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const hello = `##twinhull ${nonce} 0.00 hello 1 1767225600 key\n`;

type Chunk = string | { readonly text: string; readonly times: readonly number[] };

async function bedWithLog(...chunks: readonly Chunk[]) {
  const bed = await apiBed();
  const { build } = await createBuild(bed.stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  const name = `twinhull-${build.id}-amd64-1`;
  const sent = await bed.stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1);
  let offset = 0;
  for (const [index, each] of chunks.entries()) {
    const chunk = typeof each === 'string' ? { text: each } : each;
    const log = { buildId: build.id, ...job };
    await bed.stores.builds.appendLog({ ...chunk, log, offset, cursor: String(index) }, [], 1);
    offset += Buffer.byteLength(chunk.text);
  }
  const url = `/v1/builds/${build.id}/logs/amd64`;
  const lines = async (query: string) => {
    const { status, json, text } = await bed.call({ method: 'GET', url: `${url}/lines?${query}` });
    expect(status, text).toBe(200);
    return logLinesSchema.parse(json);
  };
  const end = () => bed.stores.builds.append(sent, [{ type: 'build.failed', failure: failedBuild().failure! }], 3);
  return { ...bed, build, url, lines, end };
}

it('returns numbered lines without the marks of the builder: a range, the last ones, those with a text', async () => {
  const begin = `##twinhull ${nonce} 1.00 begin clone -\n`;
  const { lines, end } = await bedWithLog(`${hello}one\n`, `tw`, `o\n${begin}##twinhull ffff 1.00 begin x -\nThree`);
  const forged = { number: 3, text: '##twinhull ffff 1.00 begin x -', time: null };
  expect(await lines('from=2&limit=1')).toEqual({
    attempt: 1,
    lines: [{ number: 2, text: 'two', time: null }],
    next: 3,
    more: true,
    complete: false,
  });
  expect(await lines('from=3')).toMatchObject({ lines: [forged], next: 4, more: false, complete: false });
  await end();
  const last = { number: 4, text: 'Three', time: null };
  expect(await lines('tail=2')).toMatchObject({ lines: [forged, last], next: 5, more: false, complete: true });
  expect(await lines('tail=2&limit=1')).toMatchObject({ lines: [last] });
  expect(await lines('search=tHREE&attempt=1')).toMatchObject({ lines: [last], next: 5 });
  expect(await lines('search=%28%3F%3Aa%2B%29%2B')).toMatchObject({ lines: [], next: 5 });
});

it('searches by regular expression for one request after the other', async () => {
  const { stores, lines } = await bedWithLog(`${hello}one\n`, 'two\n');
  const readLog = stores.builds.readLog.bind(stores.builds);
  let [reading, most] = [0, 0];
  vi.spyOn(stores.builds, 'readLog').mockImplementation(async (...wanted) => {
    reading += 1;
    most = Math.max(most, reading);
    const found = await readLog(...wanted);
    reading -= 1;
    return found;
  });
  const found = await Promise.all([1, 2, 3].map(() => lines('search=o&regex=true')));
  expect(found.map(({ lines: all }) => all.map(({ text }) => text))).toEqual(Array(3).fill(['one', 'two']));
  expect(most).toBe(1);
});

it('refuses what is no range, and knows no other attempt', async () => {
  const { call, url } = await bedWithLog(`${hello}one\n`);
  for (const query of [
    'search=%28&regex=true',
    'search=a&regex=true&tail=1',
    'regex=yes',
    'from=0',
    'limit=0',
    'limit=10001',
    'tail=x',
    'search=',
    'offset=1',
  ])
    expect((await call({ method: 'GET', url: `${url}/lines?${query}` })).json['code']).toBe('RequestInvalid');
  expect((await call({ method: 'GET', url: `${url}/lines?attempt=2` })).json['code']).toBe('BuildNotFound');
});

it('has a browser save the text as a file on request', async () => {
  const { call, url, build } = await bedWithLog(`${hello}<b>one\n`);
  const { headers, text } = await call({ method: 'GET', url: `${url}?download=true` });
  expect(text).toBe('<b>one\n');
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${build.id}-amd64-1.log"`,
  });
  expect((await call({ method: 'GET', url })).headers).not.toHaveProperty('content-disposition');
});

it('returns and downloads when lines were printed, where the backend knew', async () => {
  const at = Date.UTC(2026, 2, 4, 5, 6, 7, 890);
  const { lines, call, url, end } = await bedWithLog(
    `${hello}old\n`,
    { text: `one\nmid##twinhull ${nonce} 1.00 begin clone -\ntwo\nlast`, times: [at, at + 1, at + 1, at + 2_000] },
    { text: ' word', times: [at + 3_000] },
  );
  await end();
  const times = [null, '2026-03-04T05:06:07.890Z', '2026-03-04T05:06:07.891Z', '2026-03-04T05:06:07.891Z'];
  const found = await lines('limit=9');
  expect(found.lines.map(({ text }) => text)).toEqual(['old', 'one', 'mid', 'two', 'last word']);
  expect(found.lines.map(({ time }) => time).slice(0, 4)).toEqual(times);
  const download = await call({ method: 'GET', url: `${url}?times=true&download=true` });
  const [old, one, ...rest] = download.text.split('\n');
  expect([old, one]).toEqual(['- old', '2026-03-04T05:06:07.890Z one']);
  expect(rest.at(-2)).toMatch(/^2026-03-04T05:06:1\d\.890Z last word$/);
  const stream = await call({ method: 'GET', url, headers: { accept: 'text/event-stream' } });
  expect(stream.text).toContain(`"times":[${String(at)},1,0]`);
});

it('finds lines by text and by regular expression, by number', async () => {
  const { call, url, end } = await bedWithLog(`${hello}one\n`, 'Two 2\nthree\n', 'four 4\n');
  const matches = async (query: string) => (await call({ method: 'GET', url: `${url}/matches?${query}` })).json;
  const open = { attempt: 1, next: 5, more: false, complete: false };
  expect(await matches('search=O')).toEqual({ ...open, numbers: [1, 2, 4] });
  expect(await matches('search=O&limit=2')).toEqual({ ...open, numbers: [1, 2], next: 4, more: true });
  expect(await matches(`search=${encodeURIComponent('^t.* [0-9]$')}&regex=true`)).toEqual({ ...open, numbers: [2] });
  await end();
  expect(await matches('search=%5Cd&regex=true&from=3')).toEqual({ ...open, numbers: [4], complete: true });
  expect(await matches('search=%28&regex=true')).toMatchObject({
    status: 400,
    code: 'RequestInvalid',
    detail: 'the search is not a regular expression: missing closing ): `(`',
    hint: expect.stringContaining('RE2'),
  });
  expect(await matches('regex=true')).toMatchObject({ code: 'RequestInvalid' });
  expect(await matches('search=x&attempt=7')).toMatchObject({ code: 'BuildNotFound' });
});

it('outlines a log: its lines, and which of them each phase printed', async () => {
  const at = Date.UTC(2026, 2, 4, 5, 6, 7, 890);
  const mark = (words: string) => `##twinhull ${nonce} ${words}\n`;
  const { call, url, end } = await bedWithLog(
    { text: `${hello}${mark('1.00 begin build app')}one\ntwo\n`, times: [at - 2, at - 1, at, at + 1] },
    `${mark('3.50 end build app 0')}${mark('3.50 begin push -')}last`,
  );
  const outline = async () => (await call({ method: 'GET', url: `${url}/outline?attempt=1` })).json;
  const app = { phase: 'build', image: 'app', from: 1, lines: 2, seconds: 2.5, exitCode: 0 };
  const push = { phase: 'push', image: null, from: 3, lines: 0, seconds: null, exitCode: null };
  const first = await outline();
  expect(first).toMatchObject({ attempt: 1, lines: 2, firstTime: new Date(at).toISOString(), complete: false });
  expect(first['phases']).toEqual([app, push]);
  const streamed = { method: 'GET', headers: { accept: 'text/event-stream' } } as const;
  await end();
  expect(await outline()).toMatchObject({ lines: 3, phases: [app, { ...push, lines: 1 }], complete: true });
  // A stream continues after the lines of the outline.
  const stream = await call({ ...streamed, url: `${url}?offset=${String(first['offset'])}` });
  expect(stream.text).toContain('"text":"last\\n"');
  expect(stream.text).not.toContain('two');
});

it('returns a range of lines as text, and as a file with their numbers in its name', async () => {
  const { call, url, build, end } = await bedWithLog(`${hello}one\n`, 'two\nthree\n', 'four');
  await end();
  const text = async (query: string) => (await call({ method: 'GET', url: `${url}?${query}` })).text;
  expect(await text('from=2&limit=2')).toBe('two\nthree\n');
  expect(await text('from=3')).toBe('three\nfour\n');
  expect(await text('limit=1&times=true')).toBe('- one\n');
  expect(await text('from=9')).toBe('');
  const { headers } = await call({ method: 'GET', url: `${url}?from=2&limit=2&download=true` });
  expect(headers['content-disposition']).toBe(`attachment; filename="${build.id}-amd64-1-L2-L3.log"`);
  for (const query of ['from=2&offset=1', 'from=0', 'limit=0'])
    expect((await call({ method: 'GET', url: `${url}?${query}` })).json['code']).toBe('RequestInvalid');
});

it('finds lines that read like errors, and cuts long lines at a width', async () => {
  const long = `error ${'x'.repeat(100)}`;
  const { call, url, lines } = await bedWithLog(`${hello}one\n`, `\u001b[31mFAILED\u001b[0m\nterror\n${long}\n`);
  const { json } = await call({ method: 'GET', url: `${url}/matches?errors=true` });
  expect(json['numbers']).toEqual([2, 4]);
  expect(await lines('from=4&width=80')).toMatchObject({ lines: [{ number: 4, text: long.slice(0, 80), cut: 26 }] });
  expect((await call({ method: 'GET', url: `${url}/matches?errors=true&search=x` })).json['code']).toBe(
    'RequestInvalid',
  );
});

it('does not search for a client that has disconnected while it waited for its turn', async () => {
  const bed = await bedWithLog(`${hello}one\ntwo\n`);
  const reads = holdLogReads(bed.stores.builds);
  const loads = vi.spyOn(bed.stores.builds, 'load');
  const address = await bed.app.listen({ port: 0, host: '127.0.0.1' });
  const url = `${address}${bed.url}/matches?regex=true&search=t.o`;
  const ask = () => fetch(url, { headers: bed.headers });
  const answered = ask();
  await reads.begun();
  const before = loads.mock.calls.length;
  const arrived = () => pollUntil('the second request', () => loads.mock.results.length > before);
  await askAndLeave(bed.app, { url, headers: bed.headers, arrived });
  reads.letGo();
  expect(await (await answered).json()).toMatchObject({ numbers: [2] });
  const readsOfOne = reads.count();
  expect((await ask()).status).toBe(200);
  expect(reads.count()).toBe(2 * readsOfOne);
});
