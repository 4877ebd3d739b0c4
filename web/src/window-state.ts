import type { Build } from './api.ts';
import { hasEnded, short } from './text.ts';

/** Shows the state of a build in the title and the icon of the window; without one, the pages' own. */
export function showState(build: Build | undefined): void {
  document.title =
    build === undefined ? 'Twinhull' : `${build.state} · ${build.recipe} ${short(build.commit)} · Twinhull`;
  const icon = document.getElementById('icon');
  const name = build === undefined ? 'idle' : iconOf(build);
  if (icon !== null && icon.getAttribute('href') !== `/${name}.svg`) icon.setAttribute('href', `/${name}.svg`);
}

function iconOf({ state }: Build): string {
  if (!hasEnded(state)) return 'running';
  return state === 'published' || state === 'failed' ? state : 'idle';
}
