import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, type BuildList, type BuildSummary } from './api.ts';
import { BuildFilters, filters } from './build-filters.tsx';
import { plainLine } from './log-line.ts';
import { mayBuild, request } from './session.ts';
import { duration, hasEnded, now, repositoryName, short, suffix } from './text.ts';
import { Age, ErrorNote, StateBadge } from './ui.tsx';

/** In milliseconds: before a read with changed filters; between two reads, while builds are under way and otherwise. */
const pauses = { typing: 200, busy: 1500, idle: 5000 };

export function BuildsPage(): JSX.Element {
  const builds = useSignal<readonly BuildSummary[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const older = useSignal<readonly BuildSummary[]>([]);
  const error = useSignal<ApiError | undefined>(undefined);
  const { query, any } = filters();

  const pathOf = (before?: string): string => {
    const asked = new URLSearchParams(query);
    asked.set('limit', '50');
    if (before !== undefined) asked.set('before', before);
    return `/v1/builds?${asked.toString()}`;
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
    // Not at each letter that is typed.
    timer = setTimeout(() => void read(), builds.value === undefined ? 0 : pauses.typing);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path]);

  const more = (): void => {
    const before = next.value;
    if (before === null) return;
    request<BuildList>(pathOf(before))
      .then((found) => {
        // The filters have changed meanwhile, or the button was pressed twice.
        if (next.value !== before) return;
        older.value = [...older.value, ...found.builds];
        next.value = found.next;
      })
      .catch((thrown: unknown) => (error.value = asApiError(thrown)));
  };

  const seen = new Set<string>();
  const listed = [...(builds.value ?? []), ...older.value].filter((build) => {
    if (seen.has(build.id)) return false;
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
      <BuildFilters seen={listed} />
      {error.value !== undefined && error.value.status !== 0 ? <ErrorNote error={error.value} /> : null}
      {builds.value === undefined ? <Loading /> : <List builds={listed} filtered={any} />}
      {next.value === null || builds.value === undefined ? null : (
        <button type="button" class="more-builds" onClick={more}>
          Older builds
        </button>
      )}
    </main>
  );
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
          {plainLine(build.subject ?? recipe)}
        </a>
        <div class="quiet where">
          <span>{plainLine(repositoryName(repository))}</span>
          {named === undefined ? null : <span class="chip">{plainLine(named)}</span>}
          <code title={commit}>{short(commit)}</code>
          {build.subject == null ? null : <span>{plainLine(recipe)}</span>}
          {build.submittedBy == null ? null : <span>by {plainLine(build.submittedBy)}</span>}
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
        const reason = job.waitingFor === null ? '' : ` (${plainLine(job.waitingFor)})`;
        const label = `${suffix(job.platform)}: ${job.state}, waited ${duration(waited)}${reason}, ran ${duration(ran)}`;
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
