import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Build } from './api.ts';
import { hasEnded, short } from './text.ts';

/** Ids of builds whose end is to be reported by the system. */
const wanted = signal<ReadonlySet<string>>(new Set());

/** Why there are no notifications; empty while nothing is known against them. */
export const noticeProblem = signal('');

export function wantsNotice(id: string): boolean {
  return wanted.value.has(id);
}

/** Asks for a report of the end of a build, which the browser lets the user allow or refuse, or takes that back. */
export async function toggleNotice(id: string): Promise<void> {
  noticeProblem.value = '';
  const isWanted = wanted.value.has(id);
  const isAllowed = isWanted || (await Notification.requestPermission()) === 'granted';
  const others = [...wanted.value].filter((each) => each !== id);
  if (isAllowed) wanted.value = new Set(isWanted ? others : [...others, id]);
  else noticeProblem.value = 'The browser does not allow notifications of this site; its settings can change that.';
}

/** Reports the end of a build once, where that was asked for. */
export function reportEnd({ id, state, recipe, commit, subject }: Build): void {
  if (!wanted.peek().has(id)) return;
  wanted.value = new Set([...wanted.peek()].filter((each) => each !== id));
  try {
    new Notification(`${state}: ${recipe} ${short(commit)}`, { body: subject ?? '', tag: id });
  } catch {
    // Chrome on Android has the constructor and throws: https://developer.mozilla.org/docs/Web/API/Notification/Notification
    noticeProblem.value = 'This browser shows no notifications of pages.';
  }
}

export function useNotice(build: Build | undefined): void {
  const before = useRef(build?.state);
  useEffect(() => {
    if (build === undefined) return;
    const hasJustEnded = before.current !== undefined && !hasEnded(before.current) && hasEnded(build.state);
    before.current = build.state;
    if (hasJustEnded) reportEnd(build);
  }, [build?.state]);
}

/** Asks for a report, and takes that back. */
export function NoticeButton({ id }: { readonly id: string }): JSX.Element | null {
  if (!('Notification' in globalThis)) return null;
  return (
    <>
      <span class="quiet" role="status">
        {noticeProblem.value}
      </span>
      <button
        type="button"
        aria-pressed={wantsNotice(id)}
        title="A notification of the system when the build has ended, while this page is open"
        onClick={() => void toggleNotice(id)}
      >
        Notify me
      </button>
    </>
  );
}
