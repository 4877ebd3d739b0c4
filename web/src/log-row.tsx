import type { JSX } from 'preact';
import { lineSegments } from './log-line.ts';
import type { LogStore } from './log-store.ts';
import { shortTime, timeMode } from './log-times.ts';
import { moment } from './text.ts';

export interface LogRowProps {
  readonly log: LogStore;
  /** From 0. */
  readonly index: number;
  /** Of the line in the list, in pixels. */
  readonly top: number;
  readonly style: string;
  readonly href: string;
  readonly onSelect: (extend: boolean) => void;
}

/** One line of a log, with its number, and its time where that is wanted. */
export function LogRow({ log, index, top, style, href, onSelect }: LogRowProps): JSX.Element {
  const at = log.times[index] ?? Number.NaN;
  const exact = Number.isNaN(at) ? undefined : new Date(at).toISOString();
  return (
    <div class={`line${style}`} style={{ transform: `translateY(${String(top)}px)` }}>
      <a
        href={href}
        tabIndex={-1}
        aria-label={`Line ${String(index + 1)}`}
        title={exact && moment(exact)}
        onClick={(event) => {
          event.preventDefault();
          onSelect(event.shiftKey);
        }}
      >
        {index + 1}
      </a>
      {timeMode.value === 'none' ? null : (
        <time dateTime={exact} title={exact && moment(exact)}>
          {shortTime(at, timeMode.value, log.firstTime)}
        </time>
      )}
      <code>
        {lineSegments(log.lines[index] ?? '').map(({ text, style: look }, place) =>
          look === '' ? (
            text
          ) : (
            <span key={place} class={look}>
              {text}
            </span>
          ),
        )}
      </code>
    </div>
  );
}
