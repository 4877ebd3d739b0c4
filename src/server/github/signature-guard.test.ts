import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { apiBed } from '../../../test/helpers/api-bed.ts';
import { webhookRequest } from '../../../test/helpers/github-push.ts';
import { pollUntil } from '../../../test/helpers/poll-until.ts';

const secret = "It's a Secret to Everybody";
const limit = 5 * 1024 * 1024;

async function guardBed(rateLimit = 1_000_000) {
  const gitHub = { secrets: async () => [secret], recipes: async () => [] };
  const bed = await apiBed({ parts: { gitHub }, options: { rateLimit } });
  const ping = (more: { secret?: string; body?: unknown; headers?: Record<string, string> } = {}) =>
    bed.call(webhookRequest(more.body ?? {}, { secret, event: 'ping', ...more }));
  const becomes = (status: number) =>
    pollUntil(`a ping that is answered ${status}`, async () => (await ping()).status === status);
  return { ...bed, ping, becomes };
}

/** Starts a delivery whose body never arrives. */
function begin(address: string, ofLength: string): Socket {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const { headers } = webhookRequest({}, { secret: 'guess' });
  const lines = Object.entries({ host: 'twinhull', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /v1/webhooks/github HTTP/1.1\r\n${lines.join('')}${ofLength}\r\n\r\n`);
  return socket;
}

/** Keeps eight deliveries open: one that is refused, because a ping takes its place for a moment, begins again. */
function beginEight(address: string, ofLength: string): readonly Socket[] {
  const open: Socket[] = [];
  const add = (): void => {
    const socket = begin(address, ofLength);
    open.push(socket);
    socket.once('data', () => {
      open.splice(open.indexOf(socket), 1);
      add();
    });
  };
  for (let count = 0; count < 8; count += 1) add();
  return open;
}

it.each([
  ['of the largest size', `content-length: ${limit}`],
  ['of a size that is not said', 'transfer-encoding: chunked'],
])('refuses further deliveries while eight bodies %s are being received unchecked', async (_what, ofLength) => {
  const { app, ping, becomes } = await guardBed();
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const sockets = beginEight(address, ofLength);
  await becomes(429);
  const refused = await ping();
  expect(refused.json).toMatchObject({ code: 'TooManyRequests', detail: expect.stringContaining('signature') });
  expect(refused.headers['retry-after']).toBe('1');
  // A closed connection makes room.
  sockets[0]?.destroy();
  await becomes(200);
});

it('accepts a burst of small deliveries', async () => {
  const { ping } = await guardBed();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ping({ body: 'x'.repeat(50_000) })));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});

it('releases each body once it is checked or refused', async () => {
  const { ping } = await guardBed();
  for (let count = 0; count < 9; count += 1) {
    expect((await ping({ body: 'x'.repeat(limit) })).status).toBe(200);
    expect((await ping({ body: 'x'.repeat(limit), secret: 'guess' })).status).toBe(403);
    expect((await ping({ body: 'x'.repeat(limit + 1) })).status).toBe(413);
  }
});

it.each([
  ['of another secret', { secret: 'guess' }],
  ['that is none', { headers: { 'x-hub-signature-256': 'sha256=0' } }],
])('limits guesses per address with a signature %s, but accepts signed deliveries', async (_what, guess) => {
  const { ping } = await guardBed(3);
  for (let count = 0; count < 3; count += 1) expect((await ping(guess)).status).toBe(403);
  const refused = await ping(guess);
  expect([refused.status, refused.json['code']]).toEqual([429, 'TooManyRequests']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ping()).status).toBe(200);
});
