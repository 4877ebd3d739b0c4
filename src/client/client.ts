import { randomUUID } from 'node:crypto';
import createApi from 'openapi-fetch';
import { buildIdForm } from '../domain/build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { PlatformSuffix } from '../domain/platform.ts';
import type { components, paths } from './api-schema.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { SentRequest } from './send.ts';
import { readStream, type StreamedEvent, type StreamOptions } from './stream.ts';
import { type FollowedItem, readData, type StreamedBuildEvent, type StreamedLogText } from './stream-data.ts';
import { readText } from './text.ts';

export { TwinhullError } from '../domain/errors/twinhull-error.ts';
export type { ConnectionOptions } from './connection.ts';
export type { Send, SentRequest } from './send.ts';
export type { StreamOptions } from './stream.ts';
export type { FollowedItem, StreamedBuildEvent, StreamedLogText } from './stream-data.ts';

type Schemas = components['schemas'];
type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never;
type BodyOf<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

/** `GET /v1/builds/{id}`: a build with its jobs, images, tags and failure. */
export type ApiBuild = Schemas['Build'];
/** `GET /v1/builds`: a page of builds, the newest first, with `next` for the page after it. */
export type ApiBuildList = Schemas['BuildList'];
/** One build of a list. */
export type ApiBuildSummary = ApiBuildList['builds'][number];
/** An event of a build (docs/events.md) with its position among all events of the service. */
export type ApiEvent = Schemas['Event'];
/** The published references of one build. */
export type ApiImages = Schemas['Images']['builds'][number];
/** What a build of a reference would do, with warnings about its Dockerfiles. */
export type ApiPlan = Schemas['Plan'];
/** A tag that was moved to an image that is already published. */
export type ApiPromotion = Schemas['Promotion'];
/** A recipe that the service offers by name. */
export type ApiRecipe = Schemas['Recipes']['recipes'][number];
/** The build of a submit; `created` is false where an equal build already existed. */
export type ApiSubmitted = Schemas['Submitted'];
/** What to build: a reference, and optionally recipe, repository and destination. */
export type SubmitBody = BodyOf<'/v1/builds'>;
/** What to plan; the fields are those of a submit that affect the plan. */
export type PlanBody = BodyOf<'/v1/plans'>;
/** Which published image gets which tag. */
export type PromotionBody = BodyOf<'/v1/promotions'>;

/** How a submit is repeated after a lost response. */
export interface SubmitOptions {
  /**
   * The same key with the same body returns the same build, for a day.
   * @default a new key, so that the request is safe to repeat after a lost response
   */
  readonly idempotencyKey?: string | undefined;
}

/** Which log of a build, and from where. */
export interface LogStreamOptions extends Omit<StreamOptions, 'lastId'> {
  /** Number of the attempt. @default the last one */
  readonly attempt?: number | undefined;
  /** `next` of the last text received. @default the beginning */
  readonly after?: number | undefined;
}

/** From where to read the events of a build. */
export interface EventStreamOptions extends Omit<StreamOptions, 'lastId'> {
  /** `sequence` of the last event received. @default the beginning */
  readonly after?: number | undefined;
}

/** What a follower of a build receives: events, and the logs of one or both platforms. */
export interface FollowStreamOptions extends Omit<StreamOptions, 'lastId'> {
  /** @default true */
  readonly logs?: boolean | undefined;
  readonly platform?: 'linux/arm64' | 'linux/amd64' | undefined;
}

/**
 * The HTTP API of `twinhull serve`, one method per route. Every method throws `TwinhullError`s: those of the service
 * with its code, message and hint; `ServerUnreachable` when nothing responds; `ServerRefused` when something else does.
 */
export class TwinhullClient {
  readonly #connection: Connection;
  readonly #api: ReturnType<typeof createApi<paths>>;

  /** @throws ArgumentInvalid when the URL is not http(s), or is plain http to another machine without `insecure` */
  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
    this.#api = createApi<paths>({ baseUrl: this.#connection.url, fetch: (request) => this.#send(request) });
  }

  async submit(body: SubmitBody, { idempotencyKey = randomUUID() }: SubmitOptions = {}): Promise<ApiSubmitted> {
    const headers = { 'idempotency-key': idempotencyKey };
    return this.#data(await this.#api.POST('/v1/builds', { params: { header: headers }, body }));
  }

  async plan(body: PlanBody): Promise<ApiPlan> {
    return this.#data(await this.#api.POST('/v1/plans', { body }));
  }

  /** @throws BuildNotFound */
  async build(id: string): Promise<ApiBuild> {
    return this.#data(await this.#api.GET('/v1/builds/{id}', { params: { path: { id: checkedId(id) } } }));
  }

  /** One page, newest first; its `next` is `before` of the next page. */
  async listBuilds(query: QueryOf<'/v1/builds'> = {}): Promise<ApiBuildList> {
    return this.#data(await this.#api.GET('/v1/builds', { params: { query } }));
  }

  /** All builds, page by page. */
  async *builds(query: QueryOf<'/v1/builds'> = {}): AsyncGenerator<ApiBuildSummary> {
    for (let before = query.before; ; ) {
      const page = await this.listBuilds({ ...query, ...(before !== undefined && { before }) });
      yield* page.builds;
      if (page.next === null) return;
      before = page.next;
    }
  }

  /** @returns the build; one that publishes or has ended is unchanged. @throws BuildNotFound */
  async cancel(id: string): Promise<ApiBuild> {
    return this.#data(await this.#api.POST('/v1/builds/{id}/cancel', { params: { path: { id: checkedId(id) } } }));
  }

  /** @throws BuildNotFound, BuildNotRetryable, TagInUse */
  async retry(id: string): Promise<ApiBuild> {
    return this.#data(await this.#api.POST('/v1/builds/{id}/retry', { params: { path: { id: checkedId(id) } } }));
  }

  /** @throws ImageNotPublished, TagImmutable */
  async promote(body: PromotionBody): Promise<ApiPromotion> {
    return this.#data(await this.#api.POST('/v1/promotions', { body }));
  }

  async images(query: QueryOf<'/v1/images'> = {}): Promise<readonly ApiImages[]> {
    return this.#data(await this.#api.GET('/v1/images', { params: { query } })).builds;
  }

  async recipes(): Promise<readonly ApiRecipe[]> {
    return this.#data(await this.#api.GET('/v1/recipes')).recipes;
  }

  /** Streams the log of one platform so far; of the last attempt unless `attempt` is given. */
  log(id: string, platform: PlatformSuffix, { attempt }: { attempt?: number } = {}): AsyncGenerator<string> {
    return readText(this.#connection, this.#url(`/v1/builds/${checkedId(id)}/logs/${platform}`, { attempt }));
  }

  /** One page of numbered lines: a range, the last ones, or those with a text; its `next` is `from` of the next page. */
  async logLines(
    id: string,
    platform: PlatformSuffix,
    query: Partial<QueryOf<'/v1/builds/{id}/logs/{platform}/lines'>> = {},
  ): Promise<Schemas['LogLines']> {
    const params = { path: { id: checkedId(id), platform }, query };
    return this.#data(await this.#api.GET('/v1/builds/{id}/logs/{platform}/lines', { params }));
  }

  /** What is different from the last build of the same recipe and branch that was published. */
  async comparison(id: string): Promise<Schemas['Comparison']> {
    const params = { path: { id: checkedId(id) } };
    return this.#data(await this.#api.GET('/v1/builds/{id}/comparison', { params }));
  }

  /** The numbers of the lines that a search finds; its `next` is `from` of the next page. */
  async logMatches(
    id: string,
    platform: PlatformSuffix,
    query: QueryOf<'/v1/builds/{id}/logs/{platform}/matches'>,
  ): Promise<Schemas['LogMatches']> {
    const params = { path: { id: checkedId(id), platform }, query };
    return this.#data(await this.#api.GET('/v1/builds/{id}/logs/{platform}/matches', { params }));
  }

  /** The same for one attempt with the builder's marks, as the job printed it. */
  rawLog(id: string, platform: PlatformSuffix, attempt: number): AsyncGenerator<string> {
    return readText(this.#connection, this.#url(`/v1/builds/${checkedId(id)}/logs/${platform}/raw`, { attempt }));
  }

  /** The log of one platform as it grows, until its attempt has ended. */
  async *followLog(
    id: string,
    platform: PlatformSuffix,
    { attempt, after, ...options }: LogStreamOptions = {},
  ): AsyncGenerator<StreamedLogText> {
    const url = this.#url(`/v1/builds/${checkedId(id)}/logs/${platform}`, { attempt });
    for await (const { data } of this.#stream(url, after, options)) yield this.#read(() => readData.log(data));
  }

  /** One page of the events of a build, or of all builds; its `next` is `after` of the next page. */
  async events({
    buildId,
    ...query
  }: QueryOf<'/v1/events'> & { buildId?: string } = {}): Promise<Schemas['EventList']> {
    return buildId === undefined
      ? this.#data(await this.#api.GET('/v1/events', { params: { query } }))
      : this.#data(
          await this.#api.GET('/v1/builds/{id}/events', { params: { path: { id: checkedId(buildId) }, query } }),
        );
  }

  /** The events of a build until it has ended, or of all builds until `signal` aborts. */
  async *followEvents(
    buildId: string | undefined,
    { after, ...options }: EventStreamOptions = {},
  ): AsyncGenerator<StreamedBuildEvent> {
    const path = buildId === undefined ? '/v1/events' : `/v1/builds/${checkedId(buildId)}/events`;
    for await (const { data } of this.#stream(this.#url(path), after, options))
      yield this.#read(() => readData.event(data));
  }

  /** Everything that happens to a build in the order in which a terminal shows it, until it has ended. */
  async *follow(
    id: string,
    { logs = true, platform, ...options }: FollowStreamOptions = {},
  ): AsyncGenerator<FollowedItem> {
    const url = this.#url(`/v1/builds/${checkedId(id)}/follow`, { logs: String(logs), platform });
    for await (const { type, data } of this.#stream(url, undefined, options))
      yield this.#read(() => readData.followed(type, data));
  }

  #stream(url: string, after: number | undefined, options: StreamOptions): AsyncGenerator<StreamedEvent> {
    return readStream(this.#connection, url, { ...options, lastId: after?.toString() });
  }

  #url(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
    const url = new URL(`${this.#connection.url}${path}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url.href;
  }

  /**
   * Sends a request of openapi-fetch. A retry is sent only once: if the first was accepted, a second would be refused.
   */
  async #send(request: Request): Promise<Response> {
    const { method, url, headers, signal } = request;
    const body = request.body === null ? undefined : await request.text();
    const sent: SentRequest = { method, headers: Object.fromEntries(headers), body, signal };
    const response = url.endsWith('/retry')
      ? await this.#connection.request(url, sent)
      : await this.#connection.requestSafely(url, sent);
    const type = response.headers.get('content-type') ?? 'nothing';
    const text = await response.text().catch((error: unknown) => {
      throw this.#connection.unreachable(error);
    });
    if (!type.startsWith('application/json') || !isJson(text))
      throw this.#connection.unsuitable(`the response is ${type} instead of JSON`);
    return new Response(text, { status: response.status });
  }

  #data<T>({ data }: { readonly data?: T | undefined }): T {
    if (data === undefined) throw this.#connection.unsuitable('an answer is empty');
    return data;
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch {
      throw this.#connection.unsuitable('an event of a stream lacks fields');
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Rejects text that cannot be an id, which would lead to another route. @throws BuildNotFound */
function checkedId(id: string): string {
  if (buildIdForm.test(id)) return id;
  throw new TwinhullError('BuildNotFound', `no build has the id "${id}"`);
}
