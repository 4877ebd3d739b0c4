import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Job } from './api.ts';
import { useLogKeys } from './log-keys.ts';
import { plainText } from './log-line.ts';
import { formatPlace, parsePlace } from './log-place.ts';
import { LogRow } from './log-row.tsx';
import { LogSearch } from './log-search.ts';
import { LogStore } from './log-store.ts';
import { timeMode } from './log-times.ts';
import { address, navigate } from './router.ts';
import { suffix } from './text.ts';
import { Copy, Icon } from './ui.tsx';

const lineHeight = 20;

export interface LogPaneProps {
  readonly buildId: string;
  readonly job: Job;
  /** Number of the attempt. */
  readonly attempt: number;
}

/** The log of one half: follows while it is at the bottom, and draws only the lines in sight. */
export function LogPane({ buildId, job, attempt }: LogPaneProps): JSX.Element {
  const short = suffix(job.platform);
  const path = `/v1/builds/${buildId}/logs/${short}?attempt=${String(attempt)}`;
  const store = useRef<{ path: string; log: LogStore; search: LogSearch }>(undefined);
  if (store.current?.path !== path)
    store.current = { path, log: new LogStore(path), search: new LogSearch(path.replace('?', '/matches?')) };
  const { log, search } = store.current;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useSignal(true);
  const seen = useSignal(0);
  const drawn = useSignal(0);
  const query = useSignal('');
  const isPattern = useSignal(false);
  /** The line that is to be shown as soon as it has arrived. */
  const awaited = useSignal(-1);
  const current = useSignal(-1);
  const virtual = useRef<Virtualizer<HTMLDivElement, Element>>(undefined);

  const place = useComputed(() => {
    const parsed = parsePlace(address.value.hash);
    return parsed?.platform === short && (parsed.attempt ?? attempt) === attempt ? parsed : undefined;
  });

  const options = {
    count: log.lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => void (drawn.value += 1),
  };
  virtual.current ??= new Virtualizer<HTMLDivElement, Element>(options);
  const list = virtual.current;

  useEffect(() => log.watch(), [log]);
  useEffect(() => () => search.stop(), [search]);
  useEffect(() => {
    const stop = list._didMount();
    list._willUpdate();
    return stop;
  }, [list]);

  const toEnd = (): void => {
    atEnd.value = true;
    seen.value = log.lines.length;
    const { current: element } = box;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };
  const show = (index: number): void => {
    atEnd.value = false;
    current.value = index;
    awaited.value = index < log.lines.length ? -1 : index;
    list.scrollToIndex(index, { align: 'center' });
  };

  const jumped = useRef('');
  useSignalEffect(() => {
    // eslint-disable-next-line @typescript-eslint/no-meaningless-void-operator -- reading it subscribes to it
    void log.version.value;
    list.setOptions({ ...options, count: log.lines.length });
    list._willUpdate();
    drawn.value += 1;
    search.goOn();
    const wanted = place.value;
    if (awaited.peek() >= 0 && awaited.peek() < log.lines.length) {
      queueMicrotask(() => show(awaited.peek()));
      return;
    }
    // A link opens centred as soon as its line is there.
    if (wanted !== undefined && jumped.current !== address.value.hash && log.lines.length >= wanted.from) {
      jumped.current = address.value.hash;
      queueMicrotask(() => {
        show(Math.floor((wanted.from + wanted.to) / 2) - 1);
        box.current?.scrollIntoView({ block: 'center' });
      });
      return;
    }
    if (atEnd.peek() && (wanted === undefined || jumped.current !== '')) queueMicrotask(toEnd);
  });

  // eslint-disable-next-line @typescript-eslint/no-meaningless-void-operator -- reading it subscribes to it
  void drawn.value;
  const fresh = log.lines.length - seen.value;
  const step = (by: number): void => {
    const all = search.found.value;
    if (all.length === 0) return;
    const at = all.findIndex((number) => number > current.value);
    const exact = at >= 0 && all[at] === current.value + 1;
    const next = by > 0 ? (at < 0 ? 0 : exact ? at + 1 : at) : (at < 0 ? all.length : at) - 1;
    show((all[(next + all.length) % all.length] ?? 1) - 1);
  };
  const select = (index: number, extend: boolean): void => {
    const from = extend && place.value !== undefined ? place.value.from : index + 1;
    jumped.current = formatPlace({ platform: short, attempt, from, to: index + 1 });
    const ends = [from, index + 1];
    const hash = formatPlace({ platform: short, attempt, from: Math.min(...ends), to: Math.max(...ends) });
    jumped.current = hash;
    navigate(`${location.pathname}${location.search}${hash}`, { replace: true });
  };
  const find = (): void => {
    current.value = -1;
    search.start(query.value, isPattern.value, () => step(1));
  };
  const nextError = (by: 1 | -1): void => {
    const index = log.nextError(current.value, by);
    if (index !== undefined) show(index);
  };
  const use = useLogKeys({ error: nextError, match: step });
  const { value: found } = search.found;
  const { value: problem } = search.problem;
  const { value: isSearching } = search.running;
  const problemId = `log-problem-${short}`;

  return (
    <section
      class="log"
      aria-label={`Log of ${job.platform}`}
      data-platform={short}
      onFocusCapture={use}
      onClickCapture={use}
    >
      <div class="log-head">
        <h3>{job.platform}</h3>
        <span class="quiet count">{log.lines.length.toLocaleString('en')} lines</span>
        <label class="log-search">
          <span class="hidden">Search the log of {job.platform}</span>
          <input
            type="search"
            placeholder={isPattern.value ? 'Regular expression' : 'Search'}
            aria-invalid={problem !== ''}
            aria-describedby={problem === '' ? undefined : problemId}
            maxLength={500}
            value={query.value}
            onInput={({ currentTarget }) => {
              query.value = currentTarget.value;
              find();
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
            }}
          />
        </label>
        <button
          type="button"
          class="plain pattern"
          aria-pressed={isPattern.value}
          aria-label={`.* (regular expression) in the search of ${job.platform}`}
          title="Regular expression (RE2)"
          onClick={() => {
            isPattern.value = !isPattern.value;
            find();
          }}
        >
          .*
        </button>
        <span class="quiet found" role="status">
          {query.value === '' || problem !== '' || (isSearching && found.length === 0)
            ? ''
            : `${found.length.toLocaleString('en')} found`}
          {query.value !== '' && isSearching ? '…' : ''}
        </span>
        <button type="button" class="plain next-error" title="Next error (e)" onClick={() => nextError(1)}>
          Next error
        </button>
        <Copy
          text={() => plainText(log.lines.slice((place.value?.from ?? 1) - 1, place.value?.to))}
          what={`the ${place.value === undefined ? 'log' : 'chosen lines'} of ${job.platform}`}
        />
        <a
          class="plain button"
          data-outside
          download={`${buildId}-${short}-${String(attempt)}.log`}
          href={timeMode.value === 'none' ? path : `${path}&times=true`}
        >
          <Icon name="download" />
          <span class="hidden">Download the log of {job.platform}</span>
        </a>
      </div>
      {problem === '' ? null : (
        <p class="log-problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
      <div
        class="log-lines"
        ref={box}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={`Lines of ${job.platform}`}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          const bottom = scrollHeight - scrollTop - clientHeight < lineHeight * 1.5;
          if (bottom) seen.value = log.lines.length;
          else if (atEnd.value) seen.value = log.lines.length;
          atEnd.value = bottom;
        }}
      >
        <div class="log-room" style={{ height: `${String(list.getTotalSize())}px` }}>
          {list.getVirtualItems().map(({ index, start }) => (
            <LogRow
              key={index}
              log={log}
              index={index}
              top={start}
              style={`${isIn(place.value, index) ? ' chosen' : ''}${current.value === index ? ' current' : ''}`}
              href={formatPlace({ platform: short, attempt, from: index + 1, to: index + 1 })}
              onSelect={(extend) => select(index, extend)}
            />
          ))}
        </div>
        {log.lines.length === 0 ? (
          <p class="quiet log-empty">{log.ended.value ? 'It printed nothing.' : 'Waiting for the first line…'}</p>
        ) : null}
      </div>
      {!atEnd.value && !log.ended.value && fresh > 0 ? (
        <button type="button" class="more" onClick={toEnd}>
          {fresh.toLocaleString('en')} new {fresh === 1 ? 'line' : 'lines'} ↓
        </button>
      ) : null}
      {!atEnd.value && (log.ended.value || fresh <= 0) && log.lines.length > 30 ? (
        <button type="button" class="more" onClick={toEnd}>
          To the end ↓
        </button>
      ) : null}
    </section>
  );
}

function isIn(place: { readonly from: number; readonly to: number } | undefined, index: number): boolean {
  return place !== undefined && index + 1 >= place.from && index + 1 <= place.to;
}
