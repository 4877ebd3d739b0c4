import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Build, BuildEstimate } from './api.ts';
import { address } from './router.ts';
import { request } from './session.ts';
import { suffix } from './text.ts';
import { Prose } from './ui.tsx';

/** What the service answered to a new build that it did not need to create. */
const outcomes: Readonly<Record<string, string | undefined>> = {
  exists: 'Already published: all images of this commit are in the registry. Nothing was built again.',
  joined: 'The same build was submitted before: this is it.',
};

export function OutcomeNote(): JSX.Element | null {
  const text = outcomes[address.value.query.get('outcome') ?? ''];
  return text === undefined ? null : (
    <p class="note good" role="status">
      {text}
    </p>
  );
}

interface WaitingProps {
  readonly build: Build;
  /** How many builds have to end before it starts, where that is known. */
  readonly ahead: number | undefined;
}

/** What a build waits for: other builds, or a place for its jobs, by the backend's own reason. */
export function WaitingNotes({ build: { queue, jobs }, ahead = 0 }: WaitingProps): JSX.Element {
  return (
    <>
      {queue === null ? null : (
        <p class="note">
          Waiting for <a href={`/builds/${queue.behind}`}>build {queue.behind}</a>, which publishes the same tags.
          {ahead > 1 ? ` ${String(ahead)} builds are ahead of this one.` : ''}
        </p>
      )}
      {jobs.map(({ platform, waitingFor }) =>
        waitingFor === null ? null : (
          <p key={platform} class="note">
            {suffix(platform)} waits for a place to run: <Prose text={waitingFor} />
          </p>
        ),
      )}
    </>
  );
}

/**
 * How long a live build will take, by earlier ones, and how many are ahead of it.
 *
 * @param behind id of the build that it waits for: with another one, fewer are ahead
 */
export function useEstimate(
  id: string,
  isLive: boolean,
  behind: string | undefined,
): Signal<BuildEstimate | undefined> {
  const estimate = useSignal<BuildEstimate | undefined>(undefined);
  useEffect(() => {
    if (!isLive) return;
    const leaving = new AbortController();
    // Without an estimate the page shows less: that is not worth an error.
    request<BuildEstimate>(`/v1/builds/${id}/estimate`, { signal: leaving.signal })
      .then((found) => (estimate.value = found))
      .catch(() => undefined);
    return () => leaving.abort();
  }, [id, isLive, behind]);
  return estimate;
}
