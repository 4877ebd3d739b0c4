import type { ComponentChildren, JSX } from 'preact';
import type { Build, BuildEvent, Failure } from './api.ts';
import { lineSegments, plainLine } from './log-line.ts';
import { formatPlace } from './log-place.ts';
import { ManifestsOf } from './manifests.tsx';
import { duration, moment, size, suffix } from './text.ts';
import { Copy, Prose } from './ui.tsx';

export interface FailureCardProps {
  readonly failure: Failure;
  readonly build: Build;
  /** What can be done about it here. */
  readonly children?: ComponentChildren;
}

/** Why it failed, within one screen. */
export function FailureCard({ failure, build, children }: FailureCardProps): JSX.Element {
  const { platform, phase, image, exitCode, reason, backendReason, logTail, message, hint, code } = failure;
  const facts = [
    ['Platform', platform],
    ['Phase', phase],
    ['Step', image],
    ['Exit code', exitCode],
    ['Reason', reason],
    ['Backend', backendReason],
  ].filter(([, value]) => value !== null);
  const job = build.jobs.find((each) => each.platform === platform);
  const attempt = job?.attempts.at(-1)?.number;
  return (
    <section class="card failure" aria-labelledby="failure-title">
      <h2 id="failure-title">
        <Prose text={message} />
      </h2>
      <dl class="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? plainLine(value) : value}</dd>
          </div>
        ))}
      </dl>
      {logTail.length === 0 ? null : (
        <pre class="tail" tabIndex={0} ref={toBottom} aria-label="Last lines of the log">
          {logTail.map((line, index) => (
            <span key={index} class="tail-line">
              {lineSegments(line).map(({ text, style }, at) =>
                style === '' ? (
                  text
                ) : (
                  <span key={at} class={style}>
                    {text}
                  </span>
                ),
              )}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
      <p class="hint">
        <strong>What to do:</strong> <Prose text={hint} />
      </p>
      <div class="failure-foot">
        <p class="quiet">
          <code>{code}</code>
          {platform === null || attempt === undefined ? null : (
            <>
              {' · '}
              <a href={`#log-${suffix(platform)}`} onClick={(event) => toLog(event, suffix(platform))}>
                whole log of {platform}
              </a>
            </>
          )}
        </p>
        {children}
      </div>
    </section>
  );
}

/** The last line is the one that counts. */
function toBottom(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight;
}

function toLog(event: MouseEvent, platform: string): void {
  event.preventDefault();
  document.querySelector(`[data-platform="${platform}"]`)?.scrollIntoView({ block: 'center' });
}

/** What was published, and how to pull it. */
export function Published({ build }: { readonly build: Build }): JSX.Element {
  const sizes = (image: string, platforms: readonly string[]): string =>
    build.images
      .filter((each) => each.image === image && platforms.includes(each.platform))
      .map((each) => `${suffix(each.platform)} ${size(each.size)}`)
      .join(', ');
  return (
    <section class="card" aria-labelledby="published-title">
      <h2 id="published-title">Published</h2>
      <div class="table" tabIndex={0} role="region" aria-label="Published tags">
        <table>
          <thead>
            <tr>
              <th scope="col">Tag</th>
              <th scope="col">Digest</th>
              <th scope="col">Size</th>
              <th scope="col">Pull</th>
            </tr>
          </thead>
          <tbody>
            {build.tags.map(({ tag, digest, reference, image, platforms, previousDigest }) => (
              <tr key={tag}>
                <td>
                  <strong class="tag">{plainLine(tag)}</strong>
                  {previousDigest === null || previousDigest === digest ? null : (
                    <span class="quiet" title={`before: ${previousDigest}`}>
                      {' '}
                      moved
                    </span>
                  )}
                </td>
                <td>
                  <code title={digest}>{digest.slice(0, 19)}…</code>
                  <Copy text={digest} what={`the digest of ${tag}`} />
                </td>
                <td class="quiet">{sizes(image, platforms)}</td>
                <td class="pull-cell">
                  <span>
                    <Copy text={`docker pull ${reference}`} what={`the pull command of ${plainLine(tag)}`} />
                    <code class="pull" title={`docker pull ${plainLine(reference)}`}>
                      docker pull {plainLine(reference)}
                    </code>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ManifestsOf build={build} />
    </section>
  );
}

export function Attempts({ build }: { readonly build: Build }): JSX.Element | null {
  const rows = build.jobs.flatMap((job) => job.attempts.map((attempt) => ({ job, attempt })));
  if (rows.length === 0) return null;
  return (
    <details class="card">
      <summary>
        <h2>Attempts</h2> <span class="quiet">{rows.length}</span>
      </summary>
      <ul class="attempts">
        {rows.map(({ job, attempt }) => (
          <li key={`${job.platform}${String(attempt.number)}`}>
            <a href={formatPlace({ platform: suffix(job.platform), attempt: attempt.number, from: 1, to: 1 })}>
              {suffix(job.platform)} attempt {attempt.number}
            </a>{' '}
            {attempt.state}
            {attempt.seconds === null ? '' : ` after ${duration(attempt.seconds)}`}
            {attempt.exitCode === null ? '' : `, exit code ${String(attempt.exitCode)}`}
            {attempt.failure === null ? '' : `: ${plainLine(attempt.failure.message)}`}
            {attempt.failure === null && attempt.waitingFor !== null ? `: ${plainLine(attempt.waitingFor)}` : ''}
            {attempt.stopping === null ? '' : ` (${attempt.stopping})`}
          </li>
        ))}
      </ul>
    </details>
  );
}

export function Events({ events }: { readonly events: readonly BuildEvent[] }): JSX.Element {
  return (
    <details class="card events">
      <summary>
        <h2>Events</h2> <span class="quiet">{events.length}</span>
      </summary>
      <ol>
        {events.map(({ sequence, at, event }) => (
          <li key={sequence}>
            <time dateTime={at} title={moment(at)}>
              {new Date(at).toLocaleTimeString()}
            </time>{' '}
            <strong>{event.type}</strong> {details(event)}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The plain fields of an event, without those that only programs need. */
function details(event: BuildEvent['event']): string {
  const left = new Set(['type', 'startedAt', 'finishedAt', 'adopted']);
  return Object.entries(event)
    .filter(([name, value]) => !left.has(name) && (typeof value === 'string' || typeof value === 'number'))
    .map(([name, value]) => `${name} ${plainLine(String(value))}`)
    .join(', ');
}
