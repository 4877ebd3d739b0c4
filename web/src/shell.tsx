import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { logKeys } from './log-keys.ts';
import { chooseTimes, timeMode, timeModes } from './log-times.ts';
import { address, navigate } from './router.ts';
import { mayBuild, offline, session, signOut } from './session.ts';

type Theme = 'auto' | 'light' | 'dark';

const theme = signal<Theme>(storedTheme());
export const helpShown = signal(false);

function storedTheme(): Theme {
  const stored = localStorage.getItem('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

export function applyTheme(chosen: Theme = theme.value): void {
  theme.value = chosen;
  localStorage.setItem('theme', chosen);
  document.documentElement.dataset['theme'] = chosen;
}

const nextTheme = { auto: 'light', light: 'dark', dark: 'auto' } as const;

/** What is around every page. */
export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const { path } = address.value;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M9 6c4 5 4 15 0 20M23 6c-4 5-4 15 0 20M11.5 16h9" />
          </svg>
          Twinhull
        </a>
        {session.value == null ? null : (
          <nav aria-label="Pages">
            <a href="/" aria-current={path === '/' ? 'page' : undefined}>
              Builds
            </a>
            {mayBuild() ? (
              <a href="/new" aria-current={path === '/new' ? 'page' : undefined}>
                New
              </a>
            ) : null}
            <a href="/trends" aria-current={path === '/trends' ? 'page' : undefined}>
              Trends
            </a>
            <a href="/health" aria-current={path === '/health' ? 'page' : undefined}>
              Health
            </a>
            <a href="/docs" aria-current={path === '/docs' ? 'page' : undefined}>
              API
            </a>
          </nav>
        )}
        <span class="push" />
        <button
          type="button"
          class="plain"
          onClick={() => applyTheme(nextTheme[theme.value])}
          title="Light, dark, or as the system (t)"
        >
          <span class="wide-only">Theme: </span>
          {theme.value}
        </button>
        <button
          type="button"
          class="plain"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => (helpShown.value = true)}
        >
          ?
        </button>
        {session.value == null ? null : (
          <>
            <span class="who quiet" title={`scope ${session.value.scope}`}>
              {session.value.name}
            </span>
            <button type="button" class="plain" onClick={() => void signOut()}>
              Sign out
            </button>
          </>
        )}
      </header>
      {offline.value ? (
        <p class="offline" role="status">
          The service does not answer. What you see may be old; this page continues by itself.
        </p>
      ) : null}
      {children}
      {helpShown.value ? <Help /> : null}
    </>
  );
}

const keys = [
  ['?', 'this map'],
  ['g', 'go to the builds'],
  ['n', 'new build'],
  ['r', 'trends'],
  ['h', 'health'],
  ['a', 'reference of the API'],
  ['/', 'search'],
  ['j, k', 'next, previous build'],
  ['e, E', 'next, previous error in the log'],
  ['m, M', 'next, previous match of the log’s search'],
  ['Enter, Shift Enter', 'the same, in the field of the search'],
  ['f', 'fold, unfold the phases of the log'],
  ['i', 'times of log lines: hidden, yours, UTC, elapsed'],
  ['t', 'light, dark, or as the system'],
  ['Esc', 'close'],
] as const;

function Help(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (helpShown.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}

/** Keys that work anywhere but in a field. */
export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
    if (target instanceof Element && target.closest('input, textarea, select') !== null) {
      if (key === 'Escape' && target instanceof HTMLElement) target.blur();
      return;
    }
    const action = actions[key];
    if (action === undefined || (session.value == null && !anyone.has(key))) return;
    event.preventDefault();
    action();
  });
}

/** Keys that need no session. */
const anyone: ReadonlySet<string> = new Set(['?', 't']);

const actions: Readonly<Record<string, (() => void) | undefined>> = {
  '?': () => (helpShown.value = true),
  g: () => navigate('/'),
  n: () => navigate('/new'),
  r: () => navigate('/trends'),
  h: () => navigate('/health'),
  a: () => navigate('/docs'),
  '/': () => document.querySelector<HTMLElement>('input[type=search]')?.focus(),
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  e: () => logKeys()?.error(1),
  E: () => logKeys()?.error(-1),
  m: () => logKeys()?.match(1),
  M: () => logKeys()?.match(-1),
  f: () => logKeys()?.fold(),
  i: () => chooseTimes(timeModes[(timeModes.indexOf(timeMode.value) + 1) % timeModes.length] ?? 'none'),
  t: () => applyTheme(nextTheme[theme.value]),
};

function moveFocus(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('.build-link')];
  const at = links.findIndex((link) => link === document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}
