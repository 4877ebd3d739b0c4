import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Job } from './api.ts';
import { LogHead } from './log-head.tsx';
import { useLogKeys } from './log-keys.ts';
import { formatPlace, type LinePlace, parsePlace } from './log-place.ts';
import { LogRow, PhaseRow } from './log-row.tsx';
import { LogStore } from './log-store.ts';
import { LogView, mostRows, rowHeight } from './log-view.ts';
import { address } from './router.ts';
import { suffix } from './text.ts';

export interface LogPaneProps {
  readonly buildId: string;
  readonly job: Job;
  /** Number of the attempt. */
  readonly attempt: number;
}

/** The log of one half: follows while it is at the bottom, and has only the lines around those in sight. */
export function LogPane({ buildId, job, attempt }: LogPaneProps): JSX.Element {
  const short = suffix(job.platform);
  const path = `/v1/builds/${buildId}/logs/${short}?attempt=${String(attempt)}`;
  const kept = useRef<LogView>(undefined);
  if (kept.current?.path !== path)
    kept.current = new LogView({ log: new LogStore(path), platform: short, attempt, path });
  const view = kept.current;
  const { log } = view;
  const place = placeOf(view);
  useEffect(() => view.open(), [view]);
  useEffect(() => view.goOn(), [view, log.count.value]);
  // Of the outline of the log only the lines are streamed.
  const phases = job.attempts.find(({ number }) => number === attempt)?.phases ?? [];
  useEffect(() => void log.refresh(), [log, phases.length, phases.at(-1)?.exitCode]);
  const use = useLogKeys({ error: view.nextError, match: view.step, fold: view.foldAll });

  const fresh = log.count.value - view.seen.value;
  const isNew = !log.ended.value && fresh > 0;
  return (
    <section
      class="log"
      aria-label={`Log of ${job.platform}`}
      data-platform={short}
      onFocusCapture={use}
      onClickCapture={use}
    >
      <LogHead buildId={buildId} platform={job.platform} view={view} place={place} />
      <LogLines view={view} platform={job.platform} place={place} />
      {!view.atEnd.value && (isNew || log.count.value > 30) ? (
        <button type="button" class="more" onClick={() => view.toEnd()}>
          {isNew ? `${fresh.toLocaleString('en')} new ${fresh === 1 ? 'line' : 'lines'} ↓` : 'To the end ↓'}
        </button>
      ) : null}
    </section>
  );
}

/** The lines that the address names, if they are of this log. */
function placeOf({ platform, attempt }: LogView): LinePlace | undefined {
  const parsed = parsePlace(address.value.hash);
  return parsed?.platform === platform && (parsed.attempt ?? attempt) === attempt ? parsed : undefined;
}

interface LogLinesProps {
  readonly view: LogView;
  readonly platform: string;
  readonly place: LinePlace | undefined;
}

function LogLines({ view, platform, place }: LogLinesProps): JSX.Element {
  const { log, base, platform: short, attempt } = view;
  const [from, to] = view.range.value;
  const rows = view.rows.value;
  const room = view.reached.value;
  // eslint-disable-next-line @typescript-eslint/no-meaningless-void-operator -- reading them subscribes to them
  void [log.pages.version.value, view.round.value];
  useLayoutEffect(() => view.settle(place));
  return (
    <>
      {rows.length > mostRows ? <Reach view={view} /> : null}
      <div
        class="log-lines"
        ref={view.mount}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-busy={!log.isKnown.value}
        aria-label={`Lines of ${platform}`}
        onScroll={view.onScroll}
        onWheel={view.onWheel}
      >
        <div
          class="log-room"
          style={{ height: `${String(room * rowHeight)}px`, '--digits': digitsOf(log.count.value) }}
        >
          {Array.from({ length: Math.max(0, Math.min(to, base.value + room) - from) }, (_, at) => {
            const row = rows.at(from + at);
            const top = (from + at - base.value) * rowHeight;
            if (row?.kind === 'phase')
              return (
                <PhaseRow
                  key={`phase ${String(row.index)}`}
                  phase={row.phase}
                  lines={row.lines}
                  top={top}
                  isFolded={view.folded.value.has(row.index)}
                  isOver={log.ended.value}
                  onFold={() => view.fold(row.index)}
                />
              );
            if (row === undefined) return null;
            const { line: index } = row;
            return (
              <LogRow
                key={index}
                line={log.pages.get(index)}
                firstTime={log.firstTime}
                index={index}
                top={top}
                style={`${isIn(place, index) ? ' chosen' : ''}${view.current.value === index ? ' current' : ''}`}
                href={formatPlace({ platform: short, attempt, from: index + 1, to: index + 1 })}
                onSelect={(extend) => view.choose(index, extend ? place : undefined)}
              />
            );
          })}
        </div>
        {log.isKnown.value && log.count.value === 0 ? (
          <p class="quiet log-empty">{log.ended.value ? 'It printed nothing.' : 'Waiting for the first line…'}</p>
        ) : null}
      </div>
    </>
  );
}

/** Which part of a very long log the scroll bar reaches. */
function Reach({ view }: { readonly view: LogView }): JSX.Element {
  const { base, reached, rows } = view;
  const number = (row: number): string => (rows.value.lineAt(row) + 1).toLocaleString('en');
  const end = base.value + reached.value;
  return (
    <p class="log-reach">
      The scroll bar reaches lines {number(base.value)} to {number(end - 1)}.{' '}
      <button type="button" class="plain" disabled={base.value === 0} onClick={() => view.shift(-1)}>
        Earlier
      </button>
      <button type="button" class="plain" disabled={end >= rows.value.length} onClick={() => view.shift(1)}>
        Later
      </button>
    </p>
  );
}

/** How wide the numbers of the lines are. */
function digitsOf(count: number): string {
  return `${String(String(count).length)}ch`;
}

function isIn(place: LinePlace | undefined, index: number): boolean {
  return place !== undefined && index + 1 >= place.from && index + 1 <= place.to;
}
