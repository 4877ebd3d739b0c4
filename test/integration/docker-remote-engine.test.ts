import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { inspectEngine } from '../../src/adapters/docker/inspect-engine.ts';
import { type DockerTestBed, openDockerTestBed } from '../helpers/docker-jobs.ts';

let bed: DockerTestBed;
let folder: string;
let enginePath: string;

beforeAll(async () => {
  bed = await openDockerTestBed();
  if (bed.endpoint.kind !== 'unix') throw new Error(`this test needs a unix socket, not ${bed.endpoint.text}`);
  enginePath = bed.endpoint.path;
  folder = await mkdtemp(join(tmpdir(), 'twinhull-remote-'));
  return async () => {
    await bed.dispose();
    await rm(folder, { recursive: true, force: true });
  };
});

async function runJob(address: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const endpoint = { ...parseEngineEndpoint(address, environment), hostSocket: enginePath };
  const backend = bed.backend({ engines: { default: endpoint } });
  const job = await backend.submit(bed.request('seq 1 20000'));
  let log = '';
  for await (const chunk of backend.readLog(job.id, { follow: true })) log += chunk.text;
  expect((await backend.describe([job.id])).get(job.id)).toMatchObject({ state: 'succeeded' });
  await backend.release(job.id);
  return log;
}

const twentyThousand = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join('');

describe('an engine over ssh', () => {
  /** A stand-in for ssh: records its arguments, and runs the command here. */
  beforeAll(async () => {
    const program = join(folder, 'ssh');
    await writeFile(
      program,
      `#!/bin/sh\necho "$@" >>${folder}/asked\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nexec "$@"\n`,
    );
    await chmod(program, 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${folder}:${path}`;
    return () => void (process.env['PATH'] = path);
  });

  it('runs jobs and streams their logs', async () => {
    expect((await runJob(`ssh://builder@far.example${enginePath}`)) === twentyThousand).toBe(true);
    const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n')[0];
    expect(asked).toMatch(/-l builder -- far\.example docker --host unix:\/\/\S+ system dial-stdio$/);
  });

  it('repeats the error of ssh', async () => {
    await writeFile(
      join(folder, 'ssh'),
      '#!/bin/sh\necho "far.example: Permission denied (publickey)" >&2\nexit 255\n',
    );
    await expect(inspectEngine(parseEngineEndpoint('ssh://far.example'))).rejects.toMatchObject({
      code: 'EngineUnreachable',
      message: expect.stringContaining('Permission denied (publickey)'),
      hint: 'try it by hand: ssh far.example docker version',
    });
  });
});

describe('an engine over TCP', () => {
  it('runs jobs over plain HTTP', async () => {
    const server = await listen(net.createServer({ allowHalfOpen: true }, forward));
    expect((await runJob(`tcp://127.0.0.1:${server.port}`)) === twentyThousand).toBe(true);
    await server.close();
  });

  it('runs jobs over mutual TLS, and reports missing certificates', async () => {
    const certificates = makeCertificates();
    const options = { ...certificates, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true };
    const server = await listen(tls.createServer(options, forward));
    const address = `tcp://127.0.0.1:${server.port}`;
    expect((await runJob(address, { DOCKER_CERT_PATH: folder })) === twentyThousand).toBe(true);
    await expect(inspectEngine(parseEngineEndpoint(address, {}))).rejects.toMatchObject({ code: 'EngineUnreachable' });
    await server.close();
  });

  const connections = new Set<net.Socket>();

  function forward(client: net.Socket): void {
    const engine = net.connect({ path: enginePath, allowHalfOpen: true });
    for (const socket of [client, engine]) {
      connections.add(socket.on('error', () => undefined));
      socket.on('close', () => [client, engine].forEach((end) => end.destroy()));
    }
    client.pipe(engine).pipe(client);
  }

  async function listen(server: net.Server): Promise<{ readonly port: number; close(): Promise<void> }> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections) socket.destroy();
      await closed;
    };
    return { port: (server.address() as net.AddressInfo).port, close };
  }

  /** One self-signed certificate serves as CA, server and client. */
  function makeCertificates(): { ca: Buffer; cert: Buffer; key: Buffer } {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1'];
    execFileSync('openssl', [...words, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    execFileSync('cp', [cert, join(folder, 'ca.pem')]);
    return { ca: readFileSync(cert), cert: readFileSync(cert), key: readFileSync(key) };
  }
});
