import { signal } from '@preact/signals';

/** The address, as a signal: reading it in a component renders again when it changes. */
export const address = signal(read());

function read(): { readonly path: string; readonly query: URLSearchParams; readonly hash: string } {
  const { pathname, search, hash } = location;
  return { path: pathname, query: new URLSearchParams(search), hash };
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, '', to);
  else {
    restoring?.abort();
    history.pushState(null, '', to);
  }
  address.value = read();
  if (!replace) scrollTo(0, 0);
}

/** How long a page may take until it is as long as it was, in milliseconds. */
const longestWait = 3000;

/** Of the last entry whose place is being restored; aborted when that is over. */
let restoring: AbortController | undefined;

/** Scrolls to where this entry of the history was left, as soon as the page is long enough; stops when the user scrolls. */
function restoreScroll(): void {
  const { scroll } = (history.state ?? {}) as { readonly scroll?: number };
  const until = performance.now() + longestWait;
  const stop = new AbortController();
  restoring?.abort();
  restoring = stop;
  for (const type of ['wheel', 'keydown', 'pointerdown'])
    addEventListener(type, () => stop.abort(), { signal: stop.signal, passive: true });
  const step = (): void => {
    if (stop.signal.aborted) return;
    const room = document.documentElement.scrollHeight - innerHeight;
    const isEnough = scroll === undefined || room >= scroll;
    if (isEnough || performance.now() > until) {
      if (scroll !== undefined) scrollTo(0, scroll);
      stop.abort();
    } else requestAnimationFrame(step);
  };
  step();
}

/** Keeps the place in each entry of the history: pages are drawn after the browser would restore it. */
function rememberScroll(): void {
  history.scrollRestoration = 'manual';
  let timer: ReturnType<typeof setTimeout> | undefined;
  addEventListener('scroll', () => {
    clearTimeout(timer);
    if (restoring?.signal.aborted === false) return;
    const entry = location.href;
    timer = setTimeout(() => {
      if (entry === location.href) history.replaceState({ ...(history.state as object | null), scroll: scrollY }, '');
    }, 150);
  });
  restoreScroll();
}

/** Changes one part of the query; an empty value removes it. */
export function setQuery(name: string, value: string): void {
  const query = new URLSearchParams(location.search);
  if (value === '') query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  navigate(`${location.pathname}${text === '' ? '' : `?${text}`}${location.hash}`, { replace: true });
}

/** Lets links within the pages change the address without loading the document again. */
export function followLinks(): void {
  rememberScroll();
  addEventListener('popstate', () => {
    address.value = read();
    restoreScroll();
  });
  addEventListener('hashchange', () => (address.value = read()));
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.origin !== location.origin || link.target !== '' || link.dataset['outside'] !== undefined) return;
    if (link.pathname === location.pathname && link.hash !== '') return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
}
