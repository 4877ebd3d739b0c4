import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A status as it was set; `token` shows by whom. */
export interface SetStatus {
  readonly repository: string;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly target_url?: string;
  readonly token: string;
}

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What it does instead: an answer, no answer while it runs (`hang`), or a broken connection (`reset`). */
export type Fault = Said | 'hang' | 'reset' | 'lost';

interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface GitHubStandInOptions {
  /** A token that may write statuses everywhere, as a user's may. */
  readonly token?: string;
  readonly app?: {
    readonly id: number;
    readonly publicKey: string;
    /** `owner/name` of each repository that it is installed for. */
    readonly repositories: readonly string[];
    readonly installationId: number;
    readonly permissions: Readonly<Record<string, string>>;
  };
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

interface IssuedToken {
  readonly token: string;
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

/**
 * A stand-in for GitHub's REST API, with the few routes that Twinhull calls. Paths, fields and refusals are those of
 * https://docs.github.com/en/rest (commit statuses, apps); nothing else of GitHub is implemented.
 */
export class GitHubStandIn {
  readonly statuses: SetStatus[] = [];
  readonly calls: ApiCall[] = [];
  readonly issued: IssuedToken[] = [];
  /** Called before each answer. `lost`: the change is made, but no answer comes. */
  fault: (call: ApiCall) => Fault | undefined = () => undefined;
  /** The next installation token with these permissions, and its lifetime in milliseconds. */
  nextToken: (permissions: Readonly<Record<string, string>>) => { readonly token: string; readonly lifetime: number } =
    () => ({
      token: `ghs_${randomBytes(18).toString('hex')}`,
      lifetime: 3_600_000,
    });
  /** Its clock. */
  now: () => number = Date.now;
  readonly #options: GitHubStandInOptions;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(options: GitHubStandInOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
  }

  static async start(options: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
    const standIn = new GitHubStandIn(options);
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  statesOf(sha: string): readonly string[] {
    return this.statuses.filter((status) => status.sha === sha).map(({ state }) => state);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: await text(request) };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    const { status, headers: more = {}, body }: Said = typeof fault === 'object' ? fault : this.#serve(call);
    if (fault === 'lost') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...more });
    response.end(JSON.stringify(body ?? { message: 'out of order' }));
  }

  #serve(call: ApiCall): Said {
    const status = /^\/repos\/([^/]+\/[^/]+)\/statuses\/([0-9a-f]{40})$/.exec(call.path);
    if (call.method === 'POST' && status !== null) return this.#setStatus(call, status[1]!, status[2]!);
    const installation = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(call.path);
    if (call.method === 'GET' && installation !== null) return this.#findInstallation(call, installation[1]!);
    const tokens = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(call.path);
    if (call.method === 'POST' && tokens !== null) return this.#makeToken(call, Number(tokens[1]));
    return notFound;
  }

  #setStatus(call: ApiCall, repository: string, sha: string) {
    const token = bearerOf(call);
    const issued = this.issued.find((one) => one.token === token);
    if (token !== this.#options.token && (issued === undefined || issued.expiresAt <= this.now()))
      return badCredentials;
    if (issued !== undefined && !issued.repositories.includes(repository)) return notFound;
    if (issued !== undefined && issued.permissions['statuses'] !== 'write')
      return { status: 403, body: { message: 'Resource not accessible by integration' } };
    const body = JSON.parse(call.body) as Omit<SetStatus, 'repository' | 'sha' | 'token'>;
    if (!['pending', 'success', 'failure', 'error'].includes(body.state) || body.description.length > 140)
      return { status: 422, body: { message: 'Validation Failed' } };
    this.statuses.push({ repository, sha, ...body, token });
    return { status: 201, body: { id: this.statuses.length, ...body } };
  }

  #findInstallation(call: ApiCall, repository: string) {
    const { app } = this.#options;
    if (app === undefined || !this.#isApp(call)) return badCredentials;
    if (!app.repositories.includes(repository)) return notFound;
    return { status: 200, body: { id: app.installationId, app_id: app.id, permissions: app.permissions } };
  }

  #makeToken(call: ApiCall, id: number) {
    const { app } = this.#options;
    if (app === undefined || !this.#isApp(call)) return badCredentials;
    if (id !== app.installationId) return notFound;
    const asked = JSON.parse(call.body) as { repositories: string[]; permissions: Record<string, string> };
    const repositories = app.repositories.filter((each) => asked.repositories.includes(each.split('/')[1]!));
    if (repositories.length !== asked.repositories.length)
      return {
        status: 422,
        body: { message: 'There is at least one repository that does not exist or is not accessible' },
      };
    const order = ['read', 'write'];
    const isGranted = ([name, level]: [string, string]): boolean =>
      order.indexOf(app.permissions[name] ?? '') >= order.indexOf(level);
    if (!Object.entries(asked.permissions).every(isGranted))
      return { status: 422, body: { message: 'The permissions requested are not granted to this installation.' } };
    const { token, lifetime } = this.nextToken(asked.permissions);
    const expiresAt = this.now() + lifetime;
    this.issued.push({ token, repositories, permissions: asked.permissions, expiresAt });
    const expires_at = `${new Date(expiresAt).toISOString().slice(0, 19)}Z`;
    return {
      status: 201,
      body: { token, expires_at, permissions: asked.permissions, repository_selection: 'selected' },
    };
  }

  /** Whether the call carries the App's own JWT: RS256, of this App, for ten minutes at most. */
  #isApp(call: ApiCall): boolean {
    const { app } = this.#options;
    const [header = '', payload = '', signature = ''] = bearerOf(call).split('.');
    if (app === undefined || signature === '') return false;
    const { iss, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>;
    const now = this.now() / 1000;
    const isTimely = iat! <= now && exp! > now && exp! - now <= 600;
    const signed = Buffer.from(`${header}.${payload}`);
    const isSigned = verify('sha256', signed, createPublicKey(app.publicKey), Buffer.from(signature, 'base64url'));
    return iss === app.id && isTimely && isSigned;
  }
}

const notFound = { status: 404, body: { message: 'Not Found' } } as const;
const badCredentials = { status: 401, body: { message: 'Bad credentials' } } as const;

function bearerOf({ headers }: ApiCall): string {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
}
