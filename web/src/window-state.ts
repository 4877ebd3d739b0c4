import type { Build } from './api.ts';
import { hasEnded, short, visible } from './text.ts';

/** Titles of pages by their addresses, without that of a build. */
const titles: Readonly<Record<string, string | undefined>> = {
  '/': 'Builds',
  '/new': 'New build',
  '/trends': 'Trends',
  '/health': 'Health',
  '/docs': 'API',
  '/sign-in': 'Sign in',
};

/** Shows the page of an address in the title of the window, with the pages' own icon. */
export function showPage(path: string): void {
  const title = titles[path] ?? (path.endsWith('/compare') ? 'Comparison' : undefined);
  document.title = title === undefined ? 'Twinhull' : `${title} · Twinhull`;
  showIcon('idle');
}

/** Shows the state of a build in the title and the icon of the window. */
export function showState(build: Build | undefined): void {
  if (build === undefined) return;
  document.title = visible(`${build.state} · ${build.recipe} ${short(build.commit)} · Twinhull`);
  showIcon(iconOf(build));
}

function showIcon(name: string): void {
  const icon = document.getElementById('icon');
  if (icon !== null && icon.getAttribute('href') !== `/${name}.svg`) icon.setAttribute('href', `/${name}.svg`);
}

function iconOf({ state }: Build): string {
  if (!hasEnded(state)) return 'running';
  return state === 'published' || state === 'failed' ? state : 'idle';
}
