import http from 'node:http';
import https from 'node:https';
import { json, text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../../ports/secret-source.ts';

/** How an engine is reached: what Node's HTTP client has to know. */
export interface EngineTransport {
  readonly agent: http.Agent;
  readonly isSecure: boolean;
  readonly options: http.RequestOptions | https.RequestOptions;
}

/** The engine answered, and said no. */
export class EngineRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, reason: string) {
    super(reason);
    this.statusCode = statusCode;
  }
}

type Filters = Readonly<Record<string, readonly string[]>>;

/**
 * The calls of the engine's API that are used, one method each
 * (https://docs.docker.com/reference/api/engine/version/v1.41/). Only shapes come from dockerode: to load it, with the
 * ssh and gRPC that it brings, took longer than everything else that a build waits for before it begins.
 */
export class EngineApi {
  readonly #transport: EngineTransport;

  constructor(transport: EngineTransport) {
    this.#transport = transport;
  }

  version(signal: AbortSignal): Promise<Docker.DockerVersion> {
    return this.#json({ path: '/version', signal });
  }

  /** The engine's state: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemInfo */
  info(signal: AbortSignal): Promise<unknown> {
    return this.#json({ path: '/info', signal });
  }

  listContainers(filters: Filters, signal: AbortSignal): Promise<Docker.ContainerInfo[]> {
    return this.#json({ path: '/containers/json', query: { all: true, filters }, signal });
  }

  /** @returns its id */
  async createContainer(
    container: Docker.ContainerCreateOptions,
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const call = { method: 'POST', path: '/containers/create', query: { name }, signal };
    const body = Buffer.from(JSON.stringify(container));
    const { Id } = await this.#json<{ Id: string }>({ ...call, body, type: 'application/json' });
    return Id;
  }

  inspectContainer(id: string, signal: AbortSignal): Promise<Docker.ContainerInspectInfo> {
    return this.#json({ path: `/containers/${id}/json`, signal });
  }

  /** @param tar to be unpacked at `path`; may be wiped once this has ended */
  putArchive(id: string, tar: Buffer, path: string, signal: AbortSignal): Promise<void> {
    const call = { method: 'PUT', path: `/containers/${id}/archive`, query: { path }, signal };
    return this.#done({ ...call, body: tar, type: 'application/x-tar' });
  }

  startContainer(id: string, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'POST', path: `/containers/${id}/start`, signal });
  }

  stopContainer(id: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'POST', path: `/containers/${id}/stop`, query: { t: graceSeconds }, signal });
  }

  /** Resolves when it has ended. */
  waitForContainer(id: string, signal: AbortSignal): Promise<{ readonly StatusCode: number }> {
    return this.#json({ method: 'POST', path: `/containers/${id}/wait`, signal });
  }

  /** With its anonymous volumes. */
  removeContainer(id: string, force: boolean, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'DELETE', path: `/containers/${id}`, query: { v: true, force }, signal });
  }

  containerLogs(
    id: string,
    { follow, tail }: { readonly follow: boolean; readonly tail?: number | undefined },
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    const query = { stdout: true, stderr: true, follow, tail: tail ?? 'all' };
    return this.#send({ path: `/containers/${id}/logs`, query, signal });
  }

  inspectImage(name: string, signal: AbortSignal): Promise<Docker.ImageInspectInfo> {
    return this.#json({ path: `/images/${name}/json`, signal });
  }

  /** Asks the registry for an image, without pulling it. */
  imageDistribution(name: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<unknown> {
    return this.#json({ path: `/distribution/${name}/json`, login, signal });
  }

  /** The answer comes at once; how the pull goes stands in it, one JSON object a line. */
  pullImage(fromImage: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<http.IncomingMessage> {
    return this.#send({ method: 'POST', path: '/images/create', query: { fromImage }, login, signal });
  }

  events(filters: Filters, signal: AbortSignal): Promise<http.IncomingMessage> {
    return this.#send({ path: '/events', query: { filters }, signal });
  }

  async #json<T>(call: ApiCall): Promise<T> {
    return (await json(await this.#send(call))) as T;
  }

  /** Reads the empty answer too: only then is the connection free for the next call. */
  async #done(call: ApiCall): Promise<void> {
    await text(await this.#send(call));
  }

  async #send({ method = 'GET', path, query = {}, body, type, login, signal }: ApiCall): Promise<http.IncomingMessage> {
    const { agent, isSecure, options } = this.#transport;
    const headers = {
      ...(body && { 'content-type': type, 'content-length': body.length }),
      ...(login && { 'x-registry-auth': paddedBase64url(JSON.stringify(login)) }),
    };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const all = { ...options, agent, method, path: path + queryText(query), headers, signal };
      const request = isSecure ? https.request(all, resolve) : http.request(all, resolve);
      request.on('error', reject).end(body);
    });
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw new EngineRefusal(statusCode, reasonIn(await text(response)) || (response.statusMessage ?? ''));
  }
}

export interface RegistryLogin extends RegistryCredentials {
  readonly serveraddress: string;
}

interface ApiCall {
  /** @default GET */
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | Filters | undefined>>;
  readonly body?: Buffer;
  /** Media type of the body. */
  readonly type?: string;
  readonly login?: RegistryLogin | undefined;
  readonly signal: AbortSignal;
}

function queryText(query: NonNullable<ApiCall['query']>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) words.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return words.size === 0 ? '' : `?${words.toString()}`;
}

/** Node's `base64url` leaves out the padding, and then the engine takes the login for none. */
function paddedBase64url(content: string): string {
  return Buffer.from(content).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** The engine says why in JSON; what stands in front of it may answer in plain text. */
function reasonIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
