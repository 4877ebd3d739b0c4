import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { EngineApi, type EngineTransport } from './engine-api.ts';
import type { EngineEndpoint, TcpEndpoint } from './engine-endpoint.ts';
import { engineError } from './engine-errors.ts';
import { SshAgent } from './ssh-transport.ts';

const callDeadline = 60_000;

/** One Docker Engine: connects on first use, sets a deadline for every call, and maps its errors. */
export class Engine {
  readonly endpoint: EngineEndpoint;
  #connection: { readonly api: EngineApi; readonly agent: http.Agent } | undefined;

  constructor(endpoint: EngineEndpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Runs `call`, which must pass on `signal`: it aborts the call at the deadline. A timer also races the call, so that
   * the error names the timeout.
   *
   * @param action what the call does, for the message: "cannot be reached to {action}"
   */
  async call<T>(
    action: string,
    call: (api: EngineApi, signal: AbortSignal) => Promise<T>,
    deadline = callDeadline,
  ): Promise<T> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no response within ${deadline / 1000} s`));
        controller.abort();
      }, deadline);
    });
    try {
      return await Promise.race([call(this.#connect().api, controller.signal), late]);
    } catch (error) {
      throw engineError(error, this.endpoint, action);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes idle connections. The engine can be used again afterwards. */
  close(): void {
    this.#connection?.agent.destroy();
    this.#connection = undefined;
  }

  #connect(): { readonly api: EngineApi; readonly agent: http.Agent } {
    if (this.#connection === undefined) {
      const transport = transportOf(this.endpoint);
      this.#connection = { api: new EngineApi(transport), agent: transport.agent };
    }
    return this.#connection;
  }
}

function transportOf(endpoint: EngineEndpoint): EngineTransport {
  switch (endpoint.kind) {
    case 'unix':
      return plain(new http.Agent({ keepAlive: true }), { socketPath: endpoint.path });
    case 'ssh':
      // The host name only fills the Host header: the agent knows the address.
      return plain(new SshAgent(endpoint), { host: 'docker', port: 80 });
    case 'tcp':
      return tcpTransport(endpoint);
  }
}

function plain(agent: http.Agent, options: http.RequestOptions): EngineTransport {
  return { agent, isSecure: false, options };
}

function tcpTransport({ host, port, tlsFolder }: TcpEndpoint): EngineTransport {
  if (tlsFolder === undefined) return plain(new http.Agent({ keepAlive: true }), { host, port });
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readTlsFile(join(tlsFolder, name)));
  return { agent: new https.Agent({ keepAlive: true }), isSecure: true, options: { host, port, ca, cert, key } };
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
