import { isPlatform, platformSuffix } from '../../domain/platform.ts';
import { attemptKey, type FollowItem } from '../../pipeline/follow.ts';

/**
 * A follower's position in a build: its events up to a sequence number, and each attempt's log up to a byte offset. As
 * the id of a streamed event: `12` or `12,arm64-1:340,amd64-1:77`.
 */
export interface FollowCursor {
  readonly after: number;
  readonly offsets: ReadonlyMap<string, number>;
}

/** The cursor of a client that has received nothing. */
export const followBeginning: FollowCursor = { after: 0, offsets: new Map() };

/** What `parseCursor` accepts; at most a hundred attempts. */
export const cursorPattern = /^\d{1,15}(?:,(?:arm64|amd64)-\d{1,6}:\d{1,15}){0,100}$/;

/** @param text that matches `cursorPattern` */
export function parseCursor(text: string): FollowCursor {
  const [after = '0', ...logs] = text.split(',');
  const offsets = logs.flatMap((log): [string, number][] => {
    const [suffix = '', attempt = '', offset = ''] = log.split(/[-:]/);
    const platform = `linux/${suffix}`;
    return isPlatform(platform) ? [[attemptKey({ platform, attempt: Number(attempt) }), Number(offset)]] : [];
  });
  return { after: Number(after), offsets: new Map(offsets) };
}

/** The id of a server-sent event, opaque to clients; the inverse of `parseCursor`. */
export function formatCursor({ after, offsets }: FollowCursor): string {
  const logs = [...offsets].map(([key, offset]) => {
    const [platform = '', attempt = ''] = key.split(' ');
    return `${isPlatform(platform) ? platformSuffix(platform) : platform}-${attempt}:${String(offset)}`;
  });
  return [String(after), ...logs].join(',');
}

/** The cursor after this item. */
export function cursorAfter({ after, offsets }: FollowCursor, item: FollowItem): FollowCursor {
  if (item.kind === 'event') return { after: item.event.sequence, offsets };
  const key = attemptKey(item);
  const seen = (offsets.get(key) ?? 0) + Buffer.byteLength(item.text);
  return { after, offsets: new Map(offsets).set(key, seen) };
}
