import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { BuildState, BuildSummary } from './api.ts';
import { address, navigate, setQuery } from './router.ts';

const states: readonly BuildState[] = [
  'waiting',
  'building',
  'publishing',
  'published',
  'failed',
  'cancelled',
  'superseded',
];

/** Filters with a name of their own: in the address, in the API, to people; and their values in a list of builds. */
const named = [
  { name: 'branch', label: 'Branch', of: ({ branch }: BuildSummary) => branch },
  { name: 'recipe', label: 'Recipe', of: ({ recipe }: BuildSummary) => recipe },
  { name: 'submittedBy', label: 'Submitted by', of: ({ submittedBy }: BuildSummary) => submittedBy },
] as const;

/** What the API searches for: the beginning of a commit or of an id. */
const searchable = /^[0-9a-z]{4,40}$/;

export interface Filtered {
  /** The filters as parameters of `/v1/builds`. */
  readonly query: URLSearchParams;
  /** Whether there are any. */
  readonly any: boolean;
}

/** Reads the filters from the address. */
export function filters(): Filtered {
  const query = new URLSearchParams();
  const search = searchText();
  const state = address.value.query.get('state') ?? '';
  if (states.some((each) => each === state)) query.set('state', state);
  if (searchable.test(search)) query.set('search', search);
  for (const { name } of named) {
    const value = (address.value.query.get(name) ?? '').trim();
    if (value !== '') query.set(name, value);
  }
  return { query, any: query.size > 0 };
}

function searchText(): string {
  return (address.value.query.get('q') ?? '').trim().toLowerCase();
}

/** @param seen the builds whose branches, recipes and submitters are offered */
export function BuildFilters({ seen }: { readonly seen: readonly BuildSummary[] }): JSX.Element {
  const search = searchText();
  const useless = search !== '' && !searchable.test(search);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="wide-field">
        <span class="hidden">Search builds</span>
        <input
          id="search"
          type="search"
          placeholder="Beginning of a commit or build id"
          aria-describedby={useless ? 'search-help' : undefined}
          value={address.value.query.get('q') ?? ''}
          onInput={({ currentTarget }) => setQuery('q', currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && /^[0-9a-z]{12}$/.test(search)) navigate(`/builds/${search}`);
          }}
        />
      </label>
      <label>
        <span class="hidden">State</span>
        <select
          value={address.value.query.get('state') ?? ''}
          onChange={({ currentTarget }) => setQuery('state', currentTarget.value)}
        >
          <option value="">All states</option>
          {states.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      {named.map(({ name, label, of }) => (
        <label key={name}>
          <span class="hidden">{label}</span>
          <NamedFilter name={name} label={label} />
          <datalist id={`seen-${name}`}>
            {[...new Set(seen.map(of))].map((value) => (value == null ? null : <option key={value} value={value} />))}
          </datalist>
        </label>
      ))}
      {useless ? (
        <p id="search-help" class="quiet search-help" role="status">
          The search takes at least four letters and digits of a commit or of a build id.
        </p>
      ) : null}
    </form>
  );
}

function NamedFilter({ name, label }: { readonly name: string; readonly label: string }): JSX.Element {
  // The text that is not yet in the address: without it, a list that arrives would empty the field.
  const draft = useSignal<string | undefined>(undefined);
  return (
    <input
      list={`seen-${name}`}
      placeholder={label}
      maxLength={1024}
      value={draft.value ?? address.value.query.get(name) ?? ''}
      onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
      onChange={({ currentTarget }) => {
        draft.value = undefined;
        setQuery(name, currentTarget.value.trim());
      }}
      onBlur={() => (draft.value = undefined)}
    />
  );
}
