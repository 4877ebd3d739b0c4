import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, type BuildList, type BuildState, type BuildSummary } from './api.ts';
import { address, navigate, setQuery } from './router.ts';
import { mayBuild, request } from './session.ts';
import { duration, hasEnded, now, repositoryName, short, suffix } from './text.ts';
import { Age, ErrorNote, StateBadge } from './ui.tsx';

const states: readonly BuildState[] = [
  'waiting',
  'building',
  'publishing',
  'published',
  'failed',
  'cancelled',
  'superseded',
];

/** In milliseconds between two reads of the list: while builds are under way, and otherwise. */
const pauses = { busy: 1500, idle: 5000 };

export function BuildsPage(): JSX.Element {
  const builds = useSignal<readonly BuildSummary[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const older = useSignal<readonly BuildSummary[]>([]);
  const error = useSignal<ApiError | undefined>(undefined);
  const state = useComputed(() => address.value.query.get('state') ?? '');
  const search = useComputed(() => (address.value.query.get('q') ?? '').trim());

  const pathOf = (before?: string): string => {
    const query = new URLSearchParams({ limit: '50' });
    if (state.value !== '') query.set('state', state.value);
    if (/^[0-9a-f]{7,40}$/.test(search.value)) query.set('commit', search.value);
    if (before !== undefined) query.set('before', before);
    return `/v1/builds?${query.toString()}`;
  };
  const path = pathOf();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const read = async (): Promise<void> => {
      try {
        if (!document.hidden) {
          const found = await request<BuildList>(path);
          if (over) return;
          builds.value = found.builds;
          if (older.value.length === 0) next.value = found.next;
          error.value = undefined;
        }
      } catch (thrown) {
        if (over) return;
        error.value = asApiError(thrown);
      }
      const busy = builds.value?.some((build) => !hasEnded(build.state)) ?? true;
      timer = setTimeout(() => void read(), busy ? pauses.busy : pauses.idle);
    };
    older.value = [];
    void read();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path]);

  const more = (): void => {
    if (next.value === null) return;
    request<BuildList>(pathOf(next.value))
      .then((found) => {
        older.value = [...older.value, ...found.builds];
        next.value = found.next;
      })
      .catch((thrown: unknown) => (error.value = asApiError(thrown)));
  };

  const seen = new Set<string>();
  const listed = [...(builds.value ?? []), ...older.value].filter((build) => {
    if (seen.has(build.id) || !matches(build, search.value)) return false;
    seen.add(build.id);
    return true;
  });

  return (
    <main id="main">
      <div class="head">
        <h1>Builds</h1>
        {mayBuild() ? (
          <a class="button primary" href="/new">
            New build
          </a>
        ) : null}
      </div>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label>
          <span class="hidden">Search builds</span>
          <input
            id="search"
            type="search"
            placeholder="Commit, branch, recipe or build id"
            value={address.value.query.get('q') ?? ''}
            onInput={({ currentTarget }) => setQuery('q', currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && /^[0-9a-z]{12}$/.test(search.value)) navigate(`/builds/${search.value}`);
            }}
          />
        </label>
        <label>
          <span class="hidden">State</span>
          <select value={state.value} onChange={({ currentTarget }) => setQuery('state', currentTarget.value)}>
            <option value="">All states</option>
            {states.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      </form>
      {error.value !== undefined && error.value.status !== 0 ? <ErrorNote error={error.value} /> : null}
      {builds.value === undefined ? (
        <Loading />
      ) : (
        <List builds={listed} filtered={state.value !== '' || search.value !== ''} />
      )}
      {next.value === null || builds.value === undefined ? null : (
        <button type="button" class="more-builds" onClick={more}>
          Older builds
        </button>
      )}
    </main>
  );
}

function matches(build: BuildSummary, search: string): boolean {
  const texts = [
    build.id,
    build.commit,
    build.reference,
    build.recipe,
    build.repository,
    build.subject,
    build.submittedBy,
  ];
  return texts.some((text) => text?.toLowerCase().includes(search.toLowerCase()));
}

function Loading(): JSX.Element {
  return (
    <ul class="builds" aria-busy="true" aria-label="Builds are being loaded">
      {[1, 2, 3, 4].map((each) => (
        <li key={each} class="build-row ghost" />
      ))}
    </ul>
  );
}

function List({
  builds,
  filtered,
}: {
  readonly builds: readonly BuildSummary[];
  readonly filtered: boolean;
}): JSX.Element {
  if (builds.length > 0)
    return (
      <ul class="builds">
        {builds.map((build) => (
          <Row key={build.id} build={build} />
        ))}
      </ul>
    );
  return (
    <div class="card empty">
      <h2>{filtered ? 'No build matches' : 'No builds yet'}</h2>
      {filtered ? (
        <p>
          <a href="/">Show all builds</a>
        </p>
      ) : (
        <p>
          {mayBuild() ? <a href="/new">Start one here</a> : 'Start one'}
          {', or with '}
          <code>twinhull build --server {location.origin}</code>
        </p>
      )}
    </div>
  );
}

function Row({ build }: { readonly build: BuildSummary }): JSX.Element {
  const { id, state, recipe, repository, commit, reference, createdAt, seconds } = build;
  const running = (now.value - Date.parse(createdAt)) / 1000;
  const named = reference === commit ? undefined : reference;
  return (
    <li class="build-row">
      <StateBadge state={state} />
      <div class="what">
        <a href={`/builds/${id}`} class="build-link">
          {build.subject ?? recipe}
        </a>
        <div class="quiet where">
          <span>{repositoryName(repository)}</span>
          {named === undefined ? null : <span class="chip">{named}</span>}
          <code title={commit}>{short(commit)}</code>
          {build.subject == null ? null : <span>{recipe}</span>}
          {build.submittedBy == null ? null : <span>by {build.submittedBy}</span>}
        </div>
      </div>
      <Lanes build={build} />
      <div class="when">
        <span class="spent">{duration(seconds ?? running)}</span>
        <span class="quiet">
          <Age at={createdAt} />
        </span>
      </div>
    </li>
  );
}

/** One bar for each half: how long it waited, and how long it ran. */
function Lanes({ build }: { readonly build: BuildSummary }): JSX.Element {
  const total = Math.max(1, build.seconds ?? (now.value - Date.parse(build.createdAt)) / 1000);
  const share = (seconds: number): string => `${String(Math.min(100, (seconds / total) * 100))}%`;
  return (
    <div class="bars">
      {build.jobs.map((job) => {
        const end = build.finishedAt === null ? now.value : Date.parse(build.finishedAt);
        const queued = job.queuedAt === null ? end : Date.parse(job.queuedAt);
        const waited = job.waitingSeconds ?? Math.max(0, end - queued) / 1000;
        const ran =
          job.runningSeconds ?? (job.startedAt === null ? 0 : Math.max(0, end - Date.parse(job.startedAt)) / 1000);
        const label = `${suffix(job.platform)}: ${job.state}, waited ${duration(waited)}, ran ${duration(ran)}`;
        return (
          <div key={job.platform} class="bar-row" title={label}>
            <span class="bar-name">{suffix(job.platform)}</span>
            <span class={`bar job-${job.state}`} role="img" aria-label={label}>
              <span class="bar-wait" style={{ width: share(waited) }} />
              <span class="bar-run" style={{ width: share(ran) }} />
            </span>
          </div>
        );
      })}
    </div>
  );
}
