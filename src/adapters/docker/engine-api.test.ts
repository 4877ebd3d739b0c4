import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { Engine } from './engine.ts';
import { parseEngineEndpoint } from './engine-endpoint.ts';

it('encodes names, filters and bodies as the engine expects', async () => {
  const seen: string[] = [];
  const engine = await engineThat((request, response) => {
    void text(request).then((body) => {
      if (request.url === '/_ping') return void response.writeHead(200, { 'api-version': '1.41' }).end('OK');
      seen.push(`${request.method ?? ''} ${decodeURIComponent(request.url ?? '')} ${body}`);
      response.end(JSON.stringify({ Id: 'c1' }));
    });
  });
  await engine.call('x', (api, signal) => api.createContainer({ Image: 'a' }, 'name', signal));
  await engine.call('x', (api, signal) => api.listContainers({ label: ['a=1'] }, signal));
  await engine.call('x', (api, signal) => api.putArchive('c1', Buffer.from('tar'), '/', signal));
  expect(seen).toEqual([
    'POST /v1.41/containers/create?name=name {"Image":"a"}',
    'GET /v1.41/containers/json?all=true&filters={"label":["a=1"]} ',
    'PUT /v1.41/containers/c1/archive?path=/ tar',
  ]);
});

it.each([
  ['1.41', '/v1.41/info'],
  ['1.51', '/v1.51/info'],
  ['1.60', '/v1.51/info'],
  ['0.9 beta', '/info'],
  [undefined, '/info'],
])('uses the API version of an engine that reports version %s', async (version, path) => {
  const seen: unknown[] = [];
  const engine = await engineThat((request, response) => {
    if (request.url !== '/_ping') seen.push(request.url);
    response.writeHead(200, { ...(version && { 'api-version': version }) }).end('{}');
  });
  await engine.call('x', (api, signal) => api.info(signal));
  await engine.call('x', (api, signal) => api.info(signal));
  expect(seen).toEqual([path, path]);
});

it('requests the version once, and again when the engine no longer supports it', async () => {
  let known = '1.45';
  const seen: unknown[] = [];
  const engine = await engineThat((request, response) => {
    seen.push(request.url);
    if (request.url === '/_ping') response.writeHead(200, { 'api-version': known }).end('OK');
    else if (request.url?.startsWith(`/v${known}/`) === true) response.end('{}');
    else
      response
        .writeHead(400)
        .end('{"message":"client version 1.45 is too new. Maximum supported API version is 1.41"}');
  });
  const ask = () => engine.call('x', (api, signal) => api.info(signal));
  await ask();
  await ask();
  known = '1.41';
  await expect(ask()).rejects.toMatchObject({ code: 'EngineUnreachable' });
  await ask();
  expect(seen).toEqual(['/_ping', '/v1.45/info', '/v1.45/info', '/v1.45/info', '/_ping', '/v1.41/info']);
});

it('names both versions if the engine is too new for this client', async () => {
  const engine = await engineThat((request, response) => {
    if (request.url === '/_ping') return void response.writeHead(200, { 'api-version': '1.70' }).end('OK');
    response.writeHead(400).end('{"message":"client version 1.51 is too old. Minimum supported API version is 1.60"}');
  });
  await expect(engine.call('x', (api, signal) => api.info(signal))).rejects.toMatchObject({
    code: 'EngineUnsuitable',
    message: expect.stringMatching(/1\.51.*1\.60/),
  });
});

it.each([
  [404, '{"message":"no such container"}', 'no such container'],
  [304, '', 'Not Modified'],
  [400, 'Client sent an HTTP request to an HTTPS server.', 'Client sent an HTTP request to an HTTPS server.'],
])('reports the reason of a response with status %i', async (status, body, reason) => {
  const engine = await engineThat((_, response) => void response.writeHead(status).end(body));
  const call = engine.call('x', (api, signal) => api.startContainer('c1', signal));
  await expect(call).rejects.toMatchObject({ cause: { statusCode: status, message: reason } });
});

it('fails a call whose response breaks off or times out', async () => {
  const engine = await engineThat((request, response) => {
    if (request.url === '/_ping') response.end('OK');
    if (request.url === '/version') response.write('{"Vers', () => response.destroy());
  });
  await expect(engine.call('x', (api, signal) => api.version(signal))).rejects.toMatchObject({
    code: 'EngineUnreachable',
  });
  await expect(engine.call('x', (api, signal) => api.info(signal), 50)).rejects.toThrow('no response within 0.05 s');
});

it.each([
  [200, 'BackendUnreachable', 'refuses HTTP upgrades'],
  [403, 'EngineUnsuitable', 'a program in front of it denies it'],
])('names a proxy that answers %i to a connection upgrade', async (status, code, hint) => {
  const engine = await engineThat((_, response) => void response.writeHead(status).end());
  const call = engine.call('attach', (api, signal) => api.attachInput('c1', signal));
  await expect(call).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
});

it('encodes a login as the engine expects, and sends none without credentials', async () => {
  const seen: unknown[] = [];
  const engine = await engineThat((request, response) => {
    if (request.url !== '/_ping') seen.push(request.headers['x-registry-auth']);
    response.end('{}');
  });
  const login = { username: 'u', password: 'p\u00fb\u00ff>', serveraddress: 'r' };
  await engine.call('x', async (api, signal) => text(await api.pullImage('r/a:1', login, signal)));
  await engine.call('x', (api, signal) => api.imageDistribution('r/a:1', undefined, signal));
  expect(seen[1]).toBeUndefined();
  const padded = /^[A-Za-z0-9_-]+=$/;
  expect(seen[0]).toMatch(padded);
  expect(JSON.parse(Buffer.from(String(seen[0]), 'base64url').toString())).toEqual(login);
});

async function engineThat(answer: RequestListener): Promise<Engine> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const engine = new Engine(parseEngineEndpoint(`tcp://127.0.0.1:${String(port)}`, {}));
  onTestFinished(() => {
    engine.close();
    server.closeAllConnections();
    server.close();
  });
  return engine;
}
