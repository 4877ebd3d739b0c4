import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { Engine } from './engine.ts';
import { parseEngineEndpoint } from './engine-endpoint.ts';

it('sends names, filters and bodies as the engine reads them', async () => {
  const seen: string[] = [];
  const engine = await engineThat((request, response) => {
    void text(request).then((body) => {
      seen.push(`${request.method ?? ''} ${decodeURIComponent(request.url ?? '')} ${body}`);
      response.end(JSON.stringify({ Id: 'c1' }));
    });
  });
  await engine.call('x', (api, signal) => api.createContainer({ Image: 'a' }, 'name', signal));
  await engine.call('x', (api, signal) => api.listContainers({ label: ['a=1'] }, signal));
  await engine.call('x', (api, signal) => api.putArchive('c1', Buffer.from('tar'), '/', signal));
  expect(seen).toEqual([
    'POST /containers/create?name=name {"Image":"a"}',
    'GET /containers/json?all=true&filters={"label":["a=1"]} ',
    'PUT /containers/c1/archive?path=/ tar',
  ]);
});

it.each([
  [404, '{"message":"no such container"}', 'no such container'],
  [304, '', 'Not Modified'],
  [400, 'Client sent an HTTP request to an HTTPS server.', 'Client sent an HTTP request to an HTTPS server.'],
])('says the reason of an answer %i', async (status, body, reason) => {
  const engine = await engineThat((_, response) => void response.writeHead(status).end(body));
  const call = engine.call('x', (api, signal) => api.startContainer('c1', signal));
  await expect(call).rejects.toMatchObject({ cause: { statusCode: status, message: reason } });
});

it('ends a call whose answer breaks off, or does not come in time', async () => {
  const engine = await engineThat((request, response) => {
    if (request.url === '/version') response.write('{"Vers', () => response.destroy());
  });
  await expect(engine.call('x', (api, signal) => api.version(signal))).rejects.toMatchObject({
    code: 'EngineUnreachable',
  });
  await expect(engine.call('x', (api, signal) => api.info(signal), 50)).rejects.toThrow('no answer within 0.05 s');
});

it('hands a login over as the engine wants it, and none where there is none', async () => {
  const seen: unknown[] = [];
  const engine = await engineThat((request, response) => {
    seen.push(request.headers['x-registry-auth']);
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
