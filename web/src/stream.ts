import { offline, request } from './session.ts';

export interface StreamOptions {
  /** The address to continue from; read again after each interruption. */
  readonly url: () => string;
  /** By type of event. */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  /** Whether to go on while the page is hidden. @default false */
  readonly whileHidden?: () => boolean;
  /** The server has sent everything. */
  readonly ended?: () => void;
}

/** In milliseconds. */
const pause = 1500;

/**
 * Follows a stream of the API through restarts of the service. While the page is hidden the stream is closed: browsers
 * allow few connections to one host, and other tabs need them.
 *
 * @returns stops it
 */
export function follow({ url, on, ended, whileHidden = () => false }: StreamOptions): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  const close = (): void => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const stop = (): void => {
    over = true;
    close();
    document.removeEventListener('visibilitychange', onVisibility);
  };
  const open = (): void => {
    if (over || isAsleep() || source !== undefined) return;
    const opened = new EventSource(url());
    source = opened;
    opened.addEventListener('open', () => (offline.value = false));
    opened.addEventListener('error', () => {
      close();
      // EventSource does not say why: the answer to a plain request does, and ends the session where it is over.
      void request('/v1/session').catch(() => undefined);
      timer = setTimeout(open, pause);
    });
    for (const [type, take] of Object.entries(on))
      opened.addEventListener(type, ({ data }: MessageEvent<string>) => take(JSON.parse(data)));
    opened.addEventListener('end', () => {
      stop();
      ended?.();
    });
  };
  const isAsleep = (): boolean => document.hidden && !whileHidden();
  const onVisibility = (): void => {
    if (isAsleep()) close();
    else open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return stop;
}
