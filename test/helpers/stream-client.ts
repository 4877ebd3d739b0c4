import { Agent, fetch } from 'undici';

/** A connection for each stream, however long it takes to open or stays silent. In milliseconds. */
const streams = new Agent({ connect: { timeout: 600_000 }, headersTimeout: 600_000, bodyTimeout: 0 });

export interface Streamed {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string;
  /** When it arrived, in milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface ListenOptions {
  readonly lastId?: string | undefined;
  /** Disconnects after this many events. @default never */
  readonly count?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Events are added here as they arrive. */
  readonly seen?: Streamed[];
}

/** Reads a stream of events until it ends, or there are enough. */
export async function listen(url: string, options: ListenOptions = {}): Promise<readonly Streamed[]> {
  const { lastId, count = Number.POSITIVE_INFINITY, headers = {}, seen = [] } = options;
  const response = await fetch(url, {
    dispatcher: streams,
    headers: { accept: 'text/event-stream', ...headers, ...(lastId !== undefined && { 'last-event-id': lastId }) },
  });
  if (response.headers.get('content-type') !== 'text/event-stream; charset=utf-8')
    throw new Error(`${url} is no stream: ${response.status} ${await response.text()}`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) continue;
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      seen.push({ id: field('id'), type: field('event'), data: field('data') ?? '', at: Date.now() });
      if (seen.length >= count) return seen;
    }
  }
  return seen;
}

/** The text of a streamed log. */
export function logText(events: readonly Streamed[]): string {
  return events
    .filter(({ type }) => type === 'log')
    .map(({ data }) => (JSON.parse(data) as { text: string }).text)
    .join('');
}
