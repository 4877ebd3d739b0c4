import { createHmac } from 'node:crypto';
import type { InjectOptions } from 'fastify';

/**
 * A `push` as GitHub sends it, with the fields that describe the push itself
 * (https://docs.github.com/en/webhooks/webhook-events-and-payloads#push).
 */
export interface PushPayload {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly created: boolean;
  readonly deleted: boolean;
  readonly forced: boolean;
  readonly base_ref: null;
  readonly commits: readonly unknown[];
  readonly repository: Readonly<Record<string, unknown>>;
  readonly pusher: { readonly name: string; readonly email: string };
}

export function pushPayload(cloneUrl: string, after: string, change: Partial<PushPayload> = {}): PushPayload {
  const [owner = '', name = ''] = new URL(cloneUrl).pathname
    .slice(1)
    .replace(/\.git$/, '')
    .split('/');
  return {
    ref: 'refs/heads/main',
    before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
    after,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    commits: [],
    repository: { id: 186853002, name, full_name: `${owner}/${name}`, private: true, clone_url: cloneUrl },
    pusher: { name: 'octocat', email: 'octocat@users.noreply.github.com' },
    ...change,
  };
}

export function signatureOf(body: string | Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export interface Delivery {
  readonly secret: string;
  /** @default a push */
  readonly event?: string;
  /** @default a constant id */
  readonly delivery?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The signed request that delivers a payload. */
export function webhookRequest(
  payload: unknown,
  { secret, event = 'push', delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958', headers }: Delivery,
) {
  const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  return {
    method: 'POST',
    url: '/v1/webhooks/github',
    payload: body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': signatureOf(body, secret),
      ...headers,
    },
  } satisfies InjectOptions;
}
