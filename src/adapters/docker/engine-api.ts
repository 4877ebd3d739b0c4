import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { RegistryCredentials } from '../../ports/secret-source.ts';
import type { Container, ContainerRequest, ContainerSummary, EngineInfo, EngineVersion } from './engine-types.ts';

/** How to reach an engine: options for Node's HTTP client. */
export interface EngineTransport {
  readonly agent: http.Agent;
  readonly isSecure: boolean;
  readonly options: http.RequestOptions | https.RequestOptions;
}

/** The engine responded with an error status. */
export class EngineRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, reason: string) {
    super(reason);
    this.statusCode = statusCode;
  }
}

type Filters = Readonly<Record<string, readonly string[]>>;

/** The newest API version that this client was tested with. */
const newestVersion = '1.51';

/**
 * The calls of the engine's API in use, one method each (https://docs.docker.com/reference/api/engine/version/v1.41/),
 * in the newest version that both sides support.
 */
export class EngineApi {
  readonly #transport: EngineTransport;
  /** `/v1.41`, once it is known. */
  #prefix: string | undefined;

  constructor(transport: EngineTransport) {
    this.#transport = transport;
  }

  version(signal: AbortSignal): Promise<EngineVersion> {
    return this.#json({ path: '/version', signal });
  }

  info(signal: AbortSignal): Promise<EngineInfo> {
    return this.#json({ path: '/info', signal });
  }

  listContainers(filters: Filters, signal: AbortSignal): Promise<readonly ContainerSummary[]> {
    return this.#json({ path: '/containers/json', query: { all: true, filters }, signal });
  }

  /** @returns the container's id */
  async createContainer(container: ContainerRequest, name: string | undefined, signal: AbortSignal): Promise<string> {
    const call = { method: 'POST', path: '/containers/create', query: { name }, signal };
    const body = Buffer.from(JSON.stringify(container));
    const { Id } = await this.#json<{ Id: string }>({ ...call, body, type: 'application/json' });
    return Id;
  }

  inspectContainer(id: string, signal: AbortSignal): Promise<Container> {
    return this.#json({ path: `/containers/${id}/json`, signal });
  }

  /** Creates a volume, or finds the one of this name. @returns its folder on the engine's host */
  async createVolume(name: string, labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
    const body = Buffer.from(JSON.stringify({ Name: name, Labels: labels }));
    const call = { method: 'POST', path: '/volumes/create', body, type: 'application/json', signal };
    return (await this.#json<{ Mountpoint: string }>(call)).Mountpoint;
  }

  removeVolume(name: string, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'DELETE', path: `/volumes/${name}`, signal });
  }

  /** @param tar unpacked at `path`; may be wiped once the call has ended */
  putArchive(id: string, tar: Buffer, path: string, signal: AbortSignal): Promise<void> {
    const call = { method: 'PUT', path: `/containers/${id}/archive`, query: { path }, signal };
    return this.#done({ ...call, body: tar, type: 'application/x-tar' });
  }

  /**
   * A container's standard input, to be attached before its start. The engine closes the connection once it has
   * forwarded everything up to the end of the input.
   */
  attachInput(id: string, signal: AbortSignal): Promise<Duplex> {
    return this.#upgrade({
      method: 'POST',
      path: `/containers/${id}/attach`,
      query: { stream: true, stdin: true },
      signal,
    });
  }

  startContainer(id: string, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'POST', path: `/containers/${id}/start`, signal });
  }

  stopContainer(id: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'POST', path: `/containers/${id}/stop`, query: { t: graceSeconds }, signal });
  }

  /** Resolves when the container has ended. */
  waitForContainer(id: string, signal: AbortSignal): Promise<{ readonly StatusCode: number }> {
    return this.#json({ method: 'POST', path: `/containers/${id}/wait`, signal });
  }

  /** Removes its anonymous volumes too. */
  removeContainer(id: string, force: boolean, signal: AbortSignal): Promise<void> {
    return this.#done({ method: 'DELETE', path: `/containers/${id}`, query: { v: true, force }, signal });
  }

  containerLogs(
    id: string,
    { follow, tail }: { readonly follow: boolean; readonly tail?: number | undefined },
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    const query = { stdout: true, stderr: true, timestamps: true, follow, tail: tail ?? 'all' };
    return this.#send({ path: `/containers/${id}/logs`, query, signal });
  }

  inspectImage(name: string, signal: AbortSignal): Promise<unknown> {
    return this.#json({ path: `/images/${name}/json`, signal });
  }

  /** Asks the registry for an image, without pulling it. */
  imageDistribution(name: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<unknown> {
    return this.#json({ path: `/distribution/${name}/json`, login, signal });
  }

  /** The response comes at once; its body reports the progress of the pull, one JSON object per line. */
  pullImage(fromImage: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<http.IncomingMessage> {
    return this.#send({ method: 'POST', path: '/images/create', query: { fromImage }, login, signal });
  }

  events(filters: Filters, signal: AbortSignal): Promise<http.IncomingMessage> {
    return this.#send({ path: '/events', query: { filters }, signal });
  }

  async #json<T>(call: ApiCall): Promise<T> {
    return (await json(await this.#send(call))) as T;
  }

  /** Reads the empty response too: only then is the connection free for the next call. */
  async #done(call: ApiCall): Promise<void> {
    await text(await this.#send(call));
  }

  /** Empty where the engine, or a proxy in front of it, does not report its version. */
  async #versionPrefix(signal: AbortSignal): Promise<string> {
    this.#prefix ??= await this.#negotiate(signal);
    return this.#prefix ?? '';
  }

  /** As the docker command does: https://docs.docker.com/reference/api/engine/#api-version-negotiation */
  async #negotiate(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#respond({ path: '/_ping', signal }, '');
    await text(answer);
    const version = /^1\.\d+$/.exec(String(answer.headers['api-version']))?.[0];
    return version === undefined ? undefined : `/v${older(version, newestVersion)}`;
  }

  async #send(call: ApiCall): Promise<http.IncomingMessage> {
    const response = await this.#respond(call, await this.#versionPrefix(call.signal));
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw await this.#refusal(response);
  }

  /** An engine of another version may have replaced the known one: the next call negotiates again. */
  async #refusal(response: http.IncomingMessage): Promise<EngineRefusal> {
    const refusal = await refusalIn(response);
    if (refusal.statusCode === 400 && refusal.message.includes('client version')) this.#prefix = undefined;
    return refusal;
  }

  #respond(call: ApiCall, prefix: string): Promise<http.IncomingMessage> {
    const { body, type, login } = call;
    const request = this.#request(call, prefix, {
      ...(body && { 'content-type': type, 'content-length': body.length }),
      ...(login && { 'x-registry-auth': paddedBase64url(JSON.stringify(login)) }),
    });
    return new Promise((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end(body);
    });
  }

  /**
   * Upgrades the connection of a call to a stream:
   * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
   */
  async #upgrade(call: ApiCall): Promise<Duplex> {
    const prefix = await this.#versionPrefix(call.signal);
    const request = this.#request(call, prefix, { connection: 'Upgrade', upgrade: 'tcp' });
    const answer = await new Promise<Duplex | http.IncomingMessage>((resolve, reject) => {
      request.on('upgrade', (_, stream: Duplex) => resolve(stream));
      request.on('response', resolve).on('error', reject).end();
    });
    if (!(answer instanceof http.IncomingMessage)) return answer;
    if (answer.statusCode !== 200) throw await this.#refusal(answer);
    answer.destroy();
    throw new TwinhullError(
      'BackendUnreachable',
      'the engine answered an attach request without an HTTP upgrade, so the connection cannot become a stream',
      { hint: 'check whether a proxy on the way to the engine refuses HTTP upgrades' },
    );
  }

  #request(
    { method = 'GET', path, query = {}, signal }: ApiCall,
    prefix: string,
    headers: http.OutgoingHttpHeaders,
  ): http.ClientRequest {
    const { agent, isSecure, options } = this.#transport;
    const all = { ...options, agent, method, path: prefix + path + queryText(query), headers, signal };
    return isSecure ? https.request(all) : http.request(all);
  }
}

/** The value of the header X-Registry-Auth, before its encoding. */
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

/** Of two versions `1.minor`. */
function older(one: string, other: string): string {
  return Number(one.slice(2)) < Number(other.slice(2)) ? one : other;
}

function queryText(query: NonNullable<ApiCall['query']>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) words.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return words.size === 0 ? '' : `?${words.toString()}`;
}

/** Node's `base64url` omits the padding, and the engine ignores a login without it. */
function paddedBase64url(content: string): string {
  return Buffer.from(content).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

async function refusalIn(response: http.IncomingMessage): Promise<EngineRefusal> {
  const reason = reasonIn(await text(response)) || (response.statusMessage ?? '');
  return new EngineRefusal(response.statusCode ?? 0, reason);
}

/** The engine reports the reason in JSON; a proxy in front of it may respond in plain text. */
function reasonIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
