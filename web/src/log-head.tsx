import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Platform } from './api.ts';
import type { LinePlace } from './log-place.ts';
import { mostMatches } from './log-search.ts';
import { timeMode } from './log-times.ts';
import type { LogView } from './log-view.ts';
import { Copy, Icon } from './ui.tsx';

export interface LogHeadProps {
  readonly buildId: string;
  readonly platform: Platform;
  readonly view: LogView;
  /** The chosen lines. */
  readonly place: LinePlace | undefined;
}

/** What one can do with a log: search, fold, copy, download. */
export function LogHead({ buildId, platform, view, place }: LogHeadProps): JSX.Element {
  const { log, search, errors, platform: short } = view;
  const copyProblem = useSignal('');
  const problem = search.problem.value || errors.problem.value || log.problem.value || copyProblem.value;
  const problemId = `log-problem-${short}`;
  return (
    <>
      <div class="log-head">
        <h3>{platform}</h3>
        <span class="quiet count">{log.isKnown.value ? `${log.count.value.toLocaleString('en')} lines` : ''}</span>
        <Search view={view} platform={platform} problemId={problemId} />
        <button type="button" class="plain next-error" title="Next error (e)" onClick={() => view.nextError(1)}>
          Next error
        </button>
        {log.phases.value.length === 0 ? null : (
          <button
            type="button"
            class="plain fold"
            aria-pressed={view.isFolded()}
            title="Fold or unfold all phases (f)"
            onClick={view.foldAll}
          >
            Fold
          </button>
        )}
        <Copy
          text={() => log.text(place?.from ?? 1, Math.min(place?.to ?? Number.POSITIVE_INFINITY, log.count.peek()))}
          what={`the ${place === undefined ? 'log' : 'chosen lines'} of ${platform}`}
          onResult={(message) => (copyProblem.value = message)}
        />
        <Download buildId={buildId} platform={platform} view={view} place={place} />
      </div>
      {problem === '' ? null : (
        <p class="log-problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

interface SearchProps extends Pick<LogHeadProps, 'view' | 'platform'> {
  /** Of the element that shows why the search failed. */
  readonly problemId: string;
}

function Search({ view, platform, problemId }: SearchProps): JSX.Element {
  const { search, current } = view;
  const query = useSignal('');
  const isPattern = useSignal(false);
  const find = (): void => {
    current.value = -1;
    search.start(query.value, isPattern.value, () => view.step(1));
  };
  const { value: found } = search.found;
  const { value: problem } = search.problem;
  const { value: isSearching } = search.running;
  const isCounted = query.value !== '' && problem === '' && !(isSearching && found.length === 0);
  return (
    <>
      <label class="log-search">
        <span class="hidden">Search the log of {platform}</span>
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
            if (event.key === 'Enter') view.step(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      <button
        type="button"
        class="plain pattern"
        aria-pressed={isPattern.value}
        aria-label={`.* (regular expression) in the search of ${platform}`}
        title="Regular expression (RE2)"
        onClick={() => {
          isPattern.value = !isPattern.value;
          find();
        }}
      >
        .*
      </button>
      <span class="quiet found" role="status">
        {isCounted ? `${found.length.toLocaleString('en')}${found.length < mostMatches ? '' : '+'} found` : ''}
        {query.value !== '' && isSearching ? '…' : ''}
      </span>
    </>
  );
}

/** The whole log, or the chosen lines, whether they are loaded or not. */
function Download({ buildId, platform, view, place }: LogHeadProps): JSX.Element {
  const lines = place === undefined ? '' : `&from=${String(place.from)}&limit=${String(place.to - place.from + 1)}`;
  const times = timeMode.value === 'none' ? '' : '&times=true';
  const range = place === undefined ? '' : `-L${String(place.from)}-L${String(place.to)}`;
  const what = `${place === undefined ? 'the log' : 'the chosen lines'} of ${platform}`;
  return (
    <a
      class="plain button"
      data-outside
      title={`Download ${what}`}
      download={`${buildId}-${view.platform}-${String(view.attempt)}${range}.log`}
      href={`${view.path}${lines}${times}`}
    >
      <Icon name="download" />
      <span class="hidden">Download {what}</span>
    </a>
  );
}
