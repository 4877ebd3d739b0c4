import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import Docker from 'dockerode';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { EngineEndpoint, TcpEndpoint } from './engine-endpoint.ts';
import { engineError } from './engine-errors.ts';
import { SshAgent } from './ssh-transport.ts';

const callDeadline = 60_000;

/** One Docker Engine: connects when first used, gives every call a deadline, and every error a name. */
export class Engine {
  readonly endpoint: EngineEndpoint;
  #connection: { readonly docker: Docker; readonly agent: http.Agent } | undefined;

  constructor(endpoint: EngineEndpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Runs `call`, which must hand `signal` to dockerode. The deadline is raced besides, because docker-modem never
   * settles a call whose answer breaks off midway.
   *
   * @param action what the call does, for the message: "cannot be reached to {action}"
   */
  async call<T>(
    action: string,
    call: (docker: Docker, signal: AbortSignal) => Promise<T>,
    deadline = callDeadline,
  ): Promise<T> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${deadline / 1000} s`));
        controller.abort();
      }, deadline);
    });
    try {
      return await Promise.race([call(this.#connect().docker, controller.signal), late]);
    } catch (error) {
      throw engineError(error, this.endpoint, action);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of idle connections. The engine can be used again afterwards. */
  close(): void {
    this.#connection?.agent.destroy();
    this.#connection = undefined;
  }

  #connect(): { readonly docker: Docker; readonly agent: http.Agent } {
    if (this.#connection === undefined) {
      const { agent, options } = transportOf(this.endpoint);
      // docker-modem fills what is missing here from DOCKER_HOST and its kin: name everything.
      const blank = { socketPath: undefined, host: undefined, port: undefined, pathPrefix: '/', username: undefined };
      const complete = {
        ...blank,
        ca: undefined,
        cert: undefined,
        key: undefined,
        timeout: undefined,
        ...options,
        agent,
      };
      this.#connection = { docker: new Docker(complete), agent };
    }
    return this.#connection;
  }
}

function transportOf(endpoint: EngineEndpoint): { agent: http.Agent; options: Docker.DockerOptions } {
  switch (endpoint.kind) {
    case 'unix':
      return { agent: new http.Agent({ keepAlive: true }), options: { protocol: 'http', socketPath: endpoint.path } };
    case 'ssh':
      // The host name only fills the Host header: the agent knows where to go.
      return { agent: new SshAgent(endpoint), options: { protocol: 'http', host: 'docker', port: 80 } };
    case 'tcp':
      return tcpTransport(endpoint);
  }
}

function tcpTransport(endpoint: TcpEndpoint): { agent: http.Agent; options: Docker.DockerOptions } {
  const { port, tlsFolder } = endpoint;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  if (tlsFolder === undefined)
    return { agent: new http.Agent({ keepAlive: true }), options: { protocol: 'http', host, port } };
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readTlsFile(join(tlsFolder, name)));
  return { agent: new https.Agent({ keepAlive: true }), options: { protocol: 'https', host, port, ca, cert, key } };
}

function readTlsFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TwinhullError('SettingInvalid', `the TLS file ${path} cannot be read: ${reasonOf(error)}`, {
      hint: 'set DOCKER_CERT_PATH to the folder that holds ca.pem, cert.pem and key.pem',
      cause: error,
    });
  }
}
