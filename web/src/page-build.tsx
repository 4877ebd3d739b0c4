import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, type Build, type BuildEvent, type Promotion } from './api.ts';
import { OutcomeNote, useEstimate, WaitingNotes } from './build-notes.tsx';
import { Attempts, Events, FailureCard, Published } from './build-parts.tsx';
import { eventTypes } from './event-types.ts';
import { plainLine } from './log-line.ts';
import { LogPane } from './log-pane.tsx';
import { parsePlace } from './log-place.ts';
import { chooseTimes, timeMode, timeModes } from './log-times.ts';
import { NoticeButton, useNotice, wantsNotice } from './notice.tsx';
import { address } from './router.ts';
import { mayBuild, request } from './session.ts';
import { follow } from './stream.ts';
import { duration, hasEnded, now, repositoryName, short, suffix } from './text.ts';
import { Timeline } from './timeline.tsx';
import { Age, Confirm, Copy, ErrorNote, StateBadge } from './ui.tsx';
import { showState } from './window-state.ts';

/** Before another attempt to read the build, in milliseconds. */
const pause = 1500;

export function BuildPage({ id }: { readonly id: string }): JSX.Element {
  const build = useSignal<Build | undefined>(undefined);
  const events = useSignal<readonly BuildEvent[]>([]);
  const error = useSignal<ApiError | undefined>(undefined);
  const asked = useSignal<'cancel' | 'retry' | 'promote' | undefined>(undefined);
  const tag = useSignal('');
  const done = useSignal('');
  /** Rises with a retry, because the stream of an ended build is over. */
  const round = useSignal(0);

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = events.value.at(-1)?.sequence ?? 0;
    let isStreamed = false;
    const show = (found: Build): void => {
      if (over) return;
      build.value = found;
      error.value = undefined;
    };
    /** The stream sends the build too, but cannot say why it has none. */
    const read = (): void => {
      request<Build>(`/v1/builds/${id}`)
        // An answer that took long is older than what the stream sent meanwhile.
        .then((found) => (isStreamed ? undefined : show(found)))
        .catch((thrown: unknown) => {
          if (over) return;
          const problem = asApiError(thrown);
          if (build.value === undefined || problem.status === 404) error.value = problem;
          if (problem.status === 0 || problem.status === 503) timer = setTimeout(read, pause);
        });
    };
    const take = (data: unknown): void => {
      const event = data as BuildEvent;
      if (event.sequence <= last) return;
      last = event.sequence;
      events.value = [...events.value, event];
    };
    const stop = follow({
      url: () => `/v1/builds/${id}/events?after=${String(last)}&limit=1000&build=true`,
      on: {
        build: (data) => {
          isStreamed = true;
          show(data as Build);
        },
        ...Object.fromEntries(eventTypes.map((type) => [type, take])),
      },
      whileHidden: () => wantsNotice(id),
    });
    read();
    return () => {
      over = true;
      clearTimeout(timer);
      stop();
    };
  }, [id, round.value]);

  const { value: shown } = build;
  useEffect(() => showState(shown), [shown]);
  const isLive = shown !== undefined && !hasEnded(shown.state);
  const estimate = useEstimate(id, isLive, shown?.queue?.behind);
  useNotice(shown);

  if (shown === undefined)
    return (
      <main id="main">
        {error.value === undefined || error.value.status === 0 ? (
          <div class="card ghost tall" aria-busy="true" aria-label="The build is being loaded" />
        ) : (
          <>
            <h1>Build {id}</h1>
            <ErrorNote error={error.value} />
          </>
        )}
      </main>
    );

  const act = (action: 'cancel' | 'retry' | 'promote'): void => {
    asked.value = undefined;
    const work =
      action === 'promote'
        ? request<Promotion>('/v1/promotions', { method: 'POST', body: { commit: shown.commit, tag: tag.value } }).then(
            ({ reference }) => (done.value = `${reference} now points to this build.`),
          )
        : request<Build>(`/v1/builds/${id}/${action}`, { method: 'POST' }).then((changed) => {
            build.value = changed;
            round.value += 1;
          });
    work.then(() => (error.value = undefined)).catch((thrown: unknown) => (error.value = asApiError(thrown)));
  };

  const ended = hasEnded(shown.state);
  const retryable = mayBuild() && ended && shown.state !== 'published';
  /** A failed build has it in the card that explains the failure. */
  const isRetryApart = retryable && shown.failure === null;
  const isPromotable = mayBuild() && shown.state === 'published';
  const hasActions = !ended || isRetryApart || isPromotable;
  const askRetry = (): void => void (asked.value = 'retry');
  const { commit, reference, repository, recipe } = shown;
  return (
    <main id="main">
      <div class="head">
        <div>
          <p class="quiet crumbs">
            <a href="/">Builds</a> / {plainLine(repositoryName(repository))}
          </p>
          <h1>
            <StateBadge state={shown.state} /> {plainLine(shown.subject ?? recipe)}
          </h1>
          <p class="facts">
            {shown.subject == null ? null : <span>{plainLine(recipe)}</span>}
            {reference === commit ? null : <span class="chip">{plainLine(reference)}</span>}
            <span>
              <code title={commit}>{short(commit)}</code>
              <Copy text={commit} what="the commit" />
            </span>
            {shown.author == null ? null : <span>{plainLine(shown.author)}</span>}
            {shown.submittedBy == null ? null : <span>by {plainLine(shown.submittedBy)}</span>}
            <span>
              <Age at={shown.createdAt} />
            </span>
            <span>{duration(shown.seconds ?? (now.value - Date.parse(shown.createdAt)) / 1000)}</span>
            <span>
              <a href={`/builds/${id}/compare`}>compare with the last success</a>
            </span>
            <span class="quiet">
              {id}
              <Copy text={id} what="the id" />
            </span>
          </p>
        </div>
        {hasActions ? (
          <div class="actions">
            {ended ? null : <NoticeButton id={id} />}
            {mayBuild() && !ended && shown.state !== 'publishing' && shown.cancelRequestedAt === null ? (
              <button type="button" class="danger" onClick={() => (asked.value = 'cancel')}>
                Cancel build
              </button>
            ) : null}
            {isRetryApart ? (
              <button type="button" class="primary" onClick={askRetry}>
                {retryLabel(shown)}
              </button>
            ) : null}
            {isPromotable ? (
              <button type="button" onClick={() => (asked.value = 'promote')}>
                Promote…
              </button>
            ) : null}
          </div>
        ) : null}
      </div>
      {error.value === undefined ? null : <ErrorNote error={error.value} />}
      {done.value === '' ? null : (
        <p class="note good" role="status">
          {done.value}
        </p>
      )}
      <OutcomeNote />
      {shown.failure === null ? null : (
        <FailureCard failure={shown.failure} build={shown}>
          {retryable ? (
            <button type="button" class="primary" onClick={askRetry}>
              {retryLabel(shown)}
            </button>
          ) : null}
        </FailureCard>
      )}
      {ended ? null : <WaitingNotes build={shown} ahead={estimate.value?.ahead} />}
      {shown.supersededBy === null ? null : (
        <p class="note">
          Replaced by <a href={`/builds/${shown.supersededBy}`}>build {shown.supersededBy}</a>.
        </p>
      )}
      {shown.cancelRequestedAt !== null && !ended ? <p class="note">Its jobs are being stopped.</p> : null}
      <Timeline build={shown} events={events.value} estimate={estimate.value} />
      {shown.state === 'published' ? <Published build={shown} /> : null}
      <Logs build={shown} />
      <Attempts build={shown} />
      <Events events={events.value} />
      {asked.value === 'cancel' ? (
        <Confirm
          title="Cancel this build?"
          action="Cancel build"
          danger
          onConfirm={() => act('cancel')}
          onClose={() => (asked.value = undefined)}
        >
          <p>Both halves are stopped, and nothing is published. It can be retried later.</p>
        </Confirm>
      ) : null}
      {asked.value === 'retry' ? (
        <Confirm
          title={`${retryLabel(shown)}?`}
          action="Retry"
          onConfirm={() => act('retry')}
          onClose={() => (asked.value = undefined)}
        >
          <p>Only what did not succeed is built again, from the same commit; then both halves are published.</p>
        </Confirm>
      ) : null}
      {asked.value === 'promote' ? (
        <Confirm
          title="Promote this build"
          action="Move the tag"
          onConfirm={() => act('promote')}
          onClose={() => (asked.value = undefined)}
        >
          <p>
            Points a tag at the images of this commit, without building. Consumers of the tag get them at their next
            pull.
          </p>
          <label for="promote-tag">Tag</label>
          <input
            id="promote-tag"
            required
            value={tag.value}
            placeholder="stable"
            onInput={({ currentTarget }) => (tag.value = currentTarget.value)}
          />
        </Confirm>
      ) : null}
    </main>
  );
}

function retryLabel({ jobs }: Build): string {
  const failed = jobs.filter(({ state }) => state !== 'succeeded');
  const [only] = failed;
  return failed.length === 1 && jobs.length > 1 && only !== undefined
    ? `Retry ${suffix(only.platform)}`
    : 'Retry build';
}

function Logs({ build }: { readonly build: Build }): JSX.Element | null {
  const place = parsePlace(address.value.hash);
  const shown = build.jobs.flatMap((job) => {
    const wanted = place?.platform === suffix(job.platform) ? place.attempt : undefined;
    const attempt = job.attempts.find(({ number }) => number === wanted) ?? job.attempts.at(-1);
    return attempt === undefined ? [] : [{ job, attempt: attempt.number }];
  });
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="logs-title">
      <div class="logs-head">
        <h2 id="logs-title">Logs</h2>
        <label>
          Times{' '}
          <select
            class="log-times"
            value={timeMode.value}
            onChange={({ currentTarget }) =>
              chooseTimes(timeModes.find((mode) => mode === currentTarget.value) ?? 'none')
            }
          >
            <option value="none">hidden</option>
            <option value="local">in your zone</option>
            <option value="UTC">in UTC</option>
            <option value="elapsed">since the first line</option>
          </select>
        </label>
      </div>
      <div class="logs">
        {shown.map(({ job, attempt }) => (
          <LogPane key={`${job.platform}-${String(attempt)}`} buildId={build.id} job={job} attempt={attempt} />
        ))}
      </div>
    </section>
  );
}
