import { expect, it } from 'vitest';
import { createBuild } from '../../../test/contract/build-store/open-store.ts';
import { apiBed } from '../../../test/helpers/api-bed.ts';
import { amd64 } from '../../../test/helpers/sample-builds.ts';
import { failedBuild } from '../../../test/helpers/shown-builds.ts';
import { logLinesSchema } from '../schemas/answers.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const hello = `##twinhull ${nonce} 0.00 hello 1 1767225600 key\n`;

async function bedWithLog(...chunks: readonly string[]) {
  const bed = await apiBed();
  const { build } = await createBuild(bed.stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  const name = `twinhull-${build.id}-amd64-1`;
  const sent = await bed.stores.builds.append(build, [{ type: 'job.intended', ...job, name }], 1);
  let offset = 0;
  for (const [index, text] of chunks.entries()) {
    const chunk = { log: { buildId: build.id, ...job }, offset, text, cursor: String(index) };
    await bed.stores.builds.appendLog(chunk, [], 1);
    offset += Buffer.byteLength(text);
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
  const forged = { number: 3, text: '##twinhull ffff 1.00 begin x -' };
  expect(await lines('from=2&limit=1')).toEqual({
    attempt: 1,
    lines: [{ number: 2, text: 'two' }],
    next: 3,
    more: true,
    complete: false,
  });
  expect(await lines('from=3')).toMatchObject({ lines: [forged], next: 4, more: false, complete: false });
  await end();
  const last = { number: 4, text: 'Three' };
  expect(await lines('tail=2')).toMatchObject({ lines: [forged, last], next: 5, more: false, complete: true });
  expect(await lines('tail=2&limit=1')).toMatchObject({ lines: [last] });
  expect(await lines('search=tHREE&attempt=1')).toMatchObject({ lines: [last], next: 5 });
  expect(await lines('search=%28%3F%3Aa%2B%29%2B')).toMatchObject({ lines: [], next: 5 });
});

it('refuses what is no range, and knows no other attempt', async () => {
  const { call, url } = await bedWithLog(`${hello}one\n`);
  for (const query of ['from=0', 'limit=0', 'limit=10001', 'tail=x', 'search=', 'offset=1'])
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
