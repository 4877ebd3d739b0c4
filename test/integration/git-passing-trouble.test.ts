import { expect, it } from 'vitest';
import { listReferences } from '../../src/adapters/git/list-references.ts';
import { standIn } from '../helpers/registry-stand-in.ts';
import { VirtualClock } from '../helpers/virtual-clock.ts';

/** A stand-in for a git server, for real git: it lists one branch once its failures have passed. */

const commit = 'a'.repeat(40);
const packet = (line: string) => `${(line.length + 4).toString(16).padStart(4, '0')}${line}`;
const listing = [
  ...[packet('# service=git-upload-pack\n'), '0000'],
  ...[packet(`${commit} refs/heads/main\0agent=tests\n`), '0000'],
].join('');

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

async function server(trouble: (number | Answer)[]) {
  const { host, calls } = await standIn((_, response) => {
    const next = trouble.shift();
    if (next === undefined) {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' }).end(listing);
    } else if (typeof next === 'number') response.writeHead(next).end();
    else response.writeHead(next.status, next.headers).end(next.body);
  });
  const clock = new VirtualClock();
  const begun = clock.now();
  const list = () => listReferences(`http://${host}/acme/model`, ['refs/heads/*'], { clock });
  return { list, asked: () => calls().length, waited: () => clock.now() - begun };
}

it.each([429, 500, 502, 503, 504])('retries after %i', async (status) => {
  const { list, asked, waited } = await server([status, status]);
  expect((await list()).commits).toEqual(new Map([['refs/heads/main', commit]]));
  expect(asked()).toBe(3);
  expect(waited()).toBeGreaterThanOrEqual(1_500);
});

it('waits as long as Retry-After requests', async () => {
  const { list, waited } = await server([{ status: 429, headers: { 'Retry-After': '17' } }]);
  await list();
  expect(waited()).toBeGreaterThanOrEqual(17_000);
});

it.each([
  [
    'words',
    { status: 403, headers: { 'content-type': 'text/plain' }, body: 'You have exceeded a secondary rate limit.\n' },
  ],
  ['Retry-After', { status: 403, headers: { 'retry-after': '2' } }],
])(
  'retries after a 403 that limits requests by its %s, and never reports that as a rejected token',
  async (_, limit) => {
    const passed = await server([limit, limit]);
    expect((await passed.list()).commits.size).toBe(1);
    expect(passed.asked()).toBe(3);
    const lasting = await server([limit, limit, limit, limit]);
    await expect(lasting.list()).rejects.toMatchObject({
      code: 'GitUnreachable',
      message: expect.stringContaining('limits requests'),
    });
  },
);

it('fails with the server’s response when the delay is too long or the errors persist', async () => {
  const long = await server([{ status: 429, headers: { 'retry-after': '3600' } }]);
  const unreachable = { code: 'GitUnreachable', message: expect.stringContaining('error: 429') };
  await expect(long.list()).rejects.toMatchObject(unreachable);
  expect(long.asked()).toBe(1);
  const lasting = await server([502, 502, 502, 502, 502]);
  await expect(lasting.list()).rejects.toMatchObject({
    code: 'GitUnreachable',
    message: expect.not.stringMatching(/http\.c|Recv header/),
  });
  expect(lasting.asked()).toBe(4);
});

it.each([401, 403, 404])('does not retry %i', async (status) => {
  const { list, asked } = await server([status, status]);
  await expect(list()).rejects.toMatchObject({ code: 'GitAccessDenied' });
  expect(asked()).toBeLessThanOrEqual(2);
});
