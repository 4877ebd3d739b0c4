import type { JSX } from 'preact';
import type { LogPhase } from './api.ts';
import { type LineSegment, lineSegments } from './log-line.ts';
import type { LogLine } from './log-pages.ts';
import { shortTime, timeMode } from './log-times.ts';
import { duration, moment } from './text.ts';

export interface LogRowProps {
  /** Undefined while it is not loaded. */
  readonly line: LogLine | undefined;
  /** When the first line of the log was printed. */
  readonly firstTime: number;
  /** From 0. */
  readonly index: number;
  /** Of the line in the list, in pixels. */
  readonly top: number;
  readonly style: string;
  readonly href: string;
  readonly onSelect: (extend: boolean) => void;
}

/** One line of a log, with its number, and its time where that is wanted. */
export function LogRow({ line, firstTime, index, top, style, href, onSelect }: LogRowProps): JSX.Element {
  const at = line?.time ?? Number.NaN;
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
          {shortTime(at, timeMode.value, firstTime)}
        </time>
      )}
      <code>{line === undefined ? '…' : <LineText line={line} />}</code>
    </div>
  );
}

/** A line is drawn again and again while the log is scrolled. */
const segments = new WeakMap<LogLine, readonly LineSegment[]>();

function LineText({ line }: { readonly line: LogLine }): JSX.Element {
  const parts = segments.get(line) ?? lineSegments(line.text, undefined, line.cut);
  segments.set(line, parts);
  return (
    <>
      {parts.map(({ text: part, style }, place) =>
        style === '' ? (
          part
        ) : (
          <span key={place} class={style}>
            {part}
          </span>
        ),
      )}
    </>
  );
}

export interface PhaseRowProps {
  readonly phase: LogPhase;
  readonly lines: number;
  /** Of the row in the list, in pixels. */
  readonly top: number;
  readonly isFolded: boolean;
  /** Whether the log is complete. */
  readonly isOver: boolean;
  readonly onFold: () => void;
}

/** The heading of what a phase printed: folds it. */
export function PhaseRow({ phase, lines, top, isFolded, isOver, onFold }: PhaseRowProps): JSX.Element {
  const { phase: name, image, seconds, exitCode } = phase;
  const isFailed = exitCode !== null && exitCode !== 0;
  const time = seconds === null ? (isOver ? 'stopped' : 'running') : duration(seconds);
  return (
    <button
      type="button"
      class={`phase-row${isFailed ? ' phase-failed' : ''}`}
      aria-expanded={!isFolded}
      style={{ transform: `translateY(${String(top)}px)` }}
      onClick={onFold}
    >
      <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span> {image === null ? name : `${name} ${image}`}
      <span class="quiet">
        {' '}
        {time}
        {isFailed ? `, failed with exit code ${String(exitCode)}` : ''}, {lines.toLocaleString('en')}{' '}
        {lines === 1 ? 'line' : 'lines'}
      </span>
    </button>
  );
}
