import type { Replica } from './replica.ts';

/** How long a request waits for its answer before it goes to another replica, in milliseconds. */
const patience = 10_000;

/** How long to wait before the next try, in milliseconds. */
const pause = 100;

export interface ReplicaAnswer {
  readonly status: number;
  readonly text: string;
  /** How often it was sent: more than once if an answer was lost. */
  readonly tries: number;
}

export interface ReplicaRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Sends a request to one replica after the other until one answers, as a client behind a load balancer does. */
export class ReplicaClient {
  readonly #replicas: readonly Replica[];
  /** Index of the next replica. */
  #next: number;

  /** @param first index of the first replica */
  constructor(replicas: readonly Replica[], first = 0) {
    this.#replicas = replicas;
    this.#next = first;
  }

  /** The replica for the next request; the request after it goes to another. */
  turn(): Replica {
    const replica = this.#replicas[this.#next++ % this.#replicas.length];
    if (replica === undefined) throw new Error('there is no replica');
    return replica;
  }

  /** The first answer other than 5xx. @throws after `deadline` milliseconds without one */
  async ask(path: string, request: ReplicaRequest = {}, deadline = 900_000): Promise<ReplicaAnswer> {
    const end = Date.now() + deadline;
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#try(path, request);
      if (typeof answer === 'object' && answer.status < 500) return { ...answer, tries };
      const what = typeof answer === 'object' ? `${answer.status} ${answer.text}` : answer;
      if (Date.now() > end) throw new Error(`${request.method ?? 'GET'} ${path} was asked ${tries} times: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** @throws when the answer is not 2xx */
  async json<T>(path: string, request: ReplicaRequest = {}): Promise<T> {
    const { status, text } = await this.ask(path, request);
    if (status >= 300) throw new Error(`${request.method ?? 'GET'} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  async #try(path: string, { method = 'GET', headers, body }: ReplicaRequest) {
    try {
      const replica = this.turn();
      const response = await fetch(`${replica.url}${path}`, {
        method,
        headers: {
          ...(await replica.authorization()),
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patience),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return String(error);
    }
  }
}
