import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Network } from '../../network/network.ts';
import { SdkTransport, SharedTransport } from './sdk-transport.ts';

it('encodes the query as AWS signs it', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = new SdkTransport(new Network({ environment: {}, insecureHosts: new Set() }));
  onTestFinished(() => {
    transport.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const request = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path: '/a', headers: {} };
  const query = { role_name: "it's (a) role*", tags: ['x=1', 'y&2'], flag: null };
  await transport.handle({ ...request, query });
  await transport.handle(request);
  expect(asked).toEqual(['/a?role_name=it%27s%20%28a%29%20role%2A&tags=x%3D1&tags=y%262&flag', '/a']);
});

it('continues the requests of other clients when one is destroyed', async () => {
  const transport = new SharedTransport(new Network({ environment: {}, insecureHosts: new Set() }));
  const server = createServer((_, response) => {
    transport.destroy();
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await transport.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const request = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {} };
  expect((await transport.handle(request)).response.statusCode).toBe(200);
});
