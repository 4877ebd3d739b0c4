import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError, BuildState } from './api.ts';
import { plainLine } from './log-line.ts';
import { age, moment, now } from './text.ts';

const icons = {
  download: 'M8 2v8m0 0 3-3m-3 3L5 7M3 13h10',
  copy: 'M5 5V3h8v8h-2M3 5h8v8H3z',
  check: 'm3 8 3.5 3.5L13 5',
  cross: 'm4 4 8 8m0-8-8 8',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3.5m0 1.6h.01',
  clock: 'M8 4v4l3 2',
  dot: 'M8 8h.01',
  arrow: 'M8 13V3m0 0L4 7m4-4 4 4',
  stop: 'M5 5h6v6H5z',
  skip: 'M4 4l4 4-4 4m5-8 4 4-4 4',
} as const;

export function Icon({ name }: { readonly name: keyof typeof icons }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {name === 'clock' ? <circle cx="8" cy="8" r="6" /> : null}
      <path d={icons[name]} />
    </svg>
  );
}

const stateIcons = {
  waiting: 'clock',
  building: 'dot',
  publishing: 'arrow',
  published: 'check',
  failed: 'cross',
  cancelled: 'stop',
  superseded: 'skip',
} as const satisfies Record<BuildState, keyof typeof icons>;

export function StateBadge({ state }: { readonly state: BuildState }): JSX.Element {
  return (
    <span class={`state ${state}`}>
      <Icon name={stateIcons[state]} />
      {state}
    </span>
  );
}

/** A message as plain text, with the parts between backticks as code. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {plainLine(text)
        .split('`')
        .map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}
    </>
  );
}

/** How long ago, with the exact moment on hover. */
export function Age({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={moment(at)}>
      {age(at, now.value)}
    </time>
  );
}

export interface CopyProps {
  /** Read when the button is pressed; it may have to be loaded. */
  readonly text: string | (() => Promise<string>);
  readonly what: string;
  /** Receives why the text could not be copied; empty when it was. */
  readonly onResult?: (problem: string) => void;
}

export function Copy({ text, what, onResult }: CopyProps): JSX.Element {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      class="plain copy"
      title={`Copy ${what}`}
      onClick={() => {
        write(text)
          .then(() => {
            setDone(true);
            setTimeout(() => setDone(false), 1500);
            onResult?.('');
          })
          .catch((error: unknown) => onResult?.(error instanceof Error ? error.message : String(error)));
      }}
    >
      <Icon name={done ? 'check' : 'copy'} />
      <span class="hidden">{done ? 'Copied' : `Copy ${what}`}</span>
    </button>
  );
}

/** Browsers let a page write to the clipboard at a click: of a text that is loaded first they want the promise. */
async function write(text: CopyProps['text']): Promise<void> {
  if (typeof text === 'string') return navigator.clipboard.writeText(text);
  const loading = text();
  const blob = loading.then((loaded) => new Blob([loaded], { type: 'text/plain' }));
  // Browsers report a rejection that only the clipboard takes as one that nothing handles.
  blob.catch(() => undefined);
  // The clipboard's own error has no message.
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]).catch(async (error: unknown) => {
    await loading;
    throw error;
  });
}

export function ErrorNote({ error }: { readonly error: ApiError }): JSX.Element {
  return (
    <div class="note bad" role="alert">
      <strong>
        <Prose text={error.message} />
      </strong>
      <p>
        <Prose text={error.hint} /> <code>{error.code}</code>
      </p>
    </div>
  );
}

export interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** A question before something that cannot be undone. */
export function Confirm({ title, children, action, danger = false, onConfirm, onClose }: ConfirmProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        {children}
        <div class="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Back
          </button>
          <button type="submit" class={danger ? 'danger' : 'primary'}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
