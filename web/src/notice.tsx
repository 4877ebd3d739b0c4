import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Build } from './api.ts';
import { hasEnded, short } from './text.ts';

/** Ids of builds whose end is to be reported by the system. */
const wanted = signal<ReadonlySet<string>>(new Set());

export function wantsNotice(id: string): boolean {
  return wanted.value.has(id);
}

/** Reports the end of a build once, where that was asked for. */
export function useNotice(build: Build | undefined): void {
  const before = useRef(build?.state);
  useEffect(() => {
    if (build === undefined) return;
    const { id, state, recipe, commit, subject } = build;
    const hasJustEnded = before.current !== undefined && !hasEnded(before.current) && hasEnded(state);
    before.current = state;
    if (!hasJustEnded || !wanted.peek().has(id)) return;
    wanted.value = new Set([...wanted.peek()].filter((each) => each !== id));
    new Notification(`${state}: ${recipe} ${short(commit)}`, { body: subject ?? '', tag: id });
  }, [build?.state]);
}

/** Asks for a report, which the browser lets the user allow or refuse. */
export function NoticeButton({ id }: { readonly id: string }): JSX.Element | null {
  if (!('Notification' in globalThis)) return null;
  const isWanted = wantsNotice(id);
  return (
    <button
      type="button"
      aria-pressed={isWanted}
      title="A notification of the system when the build has ended, while this page is open"
      onClick={() => {
        const others = [...wanted.value].filter((each) => each !== id);
        if (isWanted) wanted.value = new Set(others);
        else
          void Notification.requestPermission().then((answer) => {
            if (answer === 'granted') wanted.value = new Set([...others, id]);
          });
      }}
    >
      {isWanted ? 'Will notify' : 'Notify me'}
    </button>
  );
}
