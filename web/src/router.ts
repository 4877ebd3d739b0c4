import { signal } from '@preact/signals';

/** The address, as a signal: reading it in a component renders again when it changes. */
export const address = signal(read());

function read(): { readonly path: string; readonly query: URLSearchParams; readonly hash: string } {
  const { pathname, search, hash } = location;
  return { path: pathname, query: new URLSearchParams(search), hash };
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, '', to);
  else history.pushState(null, '', to);
  address.value = read();
  if (!replace) scrollTo(0, 0);
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
  addEventListener('popstate', () => (address.value = read()));
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
