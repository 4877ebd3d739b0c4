import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openClient } from '../../src/wiring/open-client.ts';
import { makeAuthority, makeServerCertificate } from '../helpers/registry-certificates.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-client-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function clientOf(
  url: string,
  settings: { tokenFile?: string; caFile?: string; insecure?: boolean },
  environment: NodeJS.ProcessEnv = {},
) {
  const defaults = { tokenFile: undefined, caFile: undefined, insecure: false };
  const { client, close } = openClient(url, { ...defaults, ...settings }, environment);
  onTestFinished(close);
  return client;
}

/** Answers with an empty list, and records each request and its login. */
function emptyService() {
  const asked: { url: string | undefined; authorization: string | undefined }[] = [];
  const listener: RequestListener = ({ url, headers: { authorization } }, response) => {
    asked.push({ url, authorization });
    response.setHeader('content-type', 'application/json').end('{"builds":[],"next":null}');
  };
  return { asked, listener };
}

it('trusts a configured private CA, and names the setting where none is configured', async () => {
  const authority = await makeAuthority(folder, 'authority');
  const { key, certificate } = await makeServerCertificate(folder, authority, ['IP:127.0.0.1']);
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const port = await portOf(createSecureServer(options, emptyService().listener));
  const url = `https://127.0.0.1:${port}`;
  expect((await clientOf(url, { caFile: authority.certificate }).listBuilds()).builds).toEqual([]);
  await expect(clientOf(url, {}).listBuilds()).rejects.toMatchObject({
    code: 'ServerUnreachable',
    message: expect.stringContaining('its certificate is not signed by a trusted authority') as string,
    hint: expect.stringContaining('TWINHULL_SERVER_CA_FILE') as string,
  });
});

it('uses the proxy of the environment', async () => {
  const { asked, listener } = emptyService();
  const proxy = `http://127.0.0.1:${await portOf(createServer(listener))}`;
  const url = 'http://service.twinhull.test';
  await clientOf(url, { insecure: true }, { HTTP_PROXY: proxy }).listBuilds();
  expect(asked.map((request) => request.url)).toEqual(['http://service.twinhull.test/v1/builds']);
});

it('reads the token again for each call, and keeps it out of errors', async () => {
  const { asked, listener } = emptyService();
  const url = `http://127.0.0.1:${await portOf(createServer(listener))}`;
  const tokenFile = join(folder, 'token');
  const client = clientOf(url, { tokenFile });
  for (const token of ['th_first', 'th_second\n']) {
    await writeFile(tokenFile, token);
    await client.listBuilds();
  }
  expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer th_first', 'Bearer th_second']);
  await writeFile(tokenFile, 'two words');
  const refused = await client.listBuilds().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'SettingInvalid' });
  expect(String(refused)).not.toContain('words');
});

it('sends nothing over plain http to another machine or its proxy, unless explicitly allowed', async () => {
  const { asked, listener } = emptyService();
  const proxy = `http://127.0.0.1:${await portOf(createServer(listener))}`;
  const url = 'http://service.twinhull.test';
  await writeFile(join(folder, 'token'), 'th_canary');
  const settings = { tokenFile: join(folder, 'token') };
  const refused = () => clientOf(url, settings, { HTTP_PROXY: proxy });
  expect(refused).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
  expect(refused).toThrow(/http:\/\/service\.twinhull\.test is not reached over https/);
  expect(asked).toEqual([]);
  await clientOf(url, { ...settings, insecure: true }, { HTTP_PROXY: proxy }).listBuilds();
  expect(asked).toHaveLength(1);
});

it('never sends loopback requests through a proxy', async () => {
  const [service, proxy] = [emptyService(), emptyService()];
  const url = `http://127.0.0.1:${await portOf(createServer(service.listener))}`;
  const proxyUrl = `http://127.0.0.1:${await portOf(createServer(proxy.listener))}`;
  await clientOf(url, {}, { HTTP_PROXY: proxyUrl, http_proxy: proxyUrl, ALL_PROXY: proxyUrl }).listBuilds();
  expect([service.asked.length, proxy.asked.length]).toEqual([1, 0]);
});

it.each([301, 302, 307, 308])('sends the token along no redirect of %i, in calls and in streams', async (status) => {
  const other = emptyService();
  const otherPort = await portOf(createServer(other.listener));
  const moved = createServer(({ url }, response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${otherPort}${url}` }).end(),
  );
  await writeFile(join(folder, 'token'), 'th_canary');
  const client = clientOf(`http://127.0.0.1:${await portOf(moved)}`, { tokenFile: join(folder, 'token') });
  await expect(client.listBuilds()).rejects.toMatchObject({ code: 'ServerUnreachable' });
  const stream = client.followEvents('0123456789ab', { patience: 0 });
  await expect(stream.next()).rejects.toMatchObject({ code: 'ServerUnreachable' });
  expect(other.asked).toEqual([]);
});
