import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Comparison, JobComparison } from './api.ts';
import { baseText, noDifferenceText } from './compare-text.ts';
import { ComparisonReader } from './comparison-reader.ts';
import { plainLine } from './log-line.ts';
import { formatPlace } from './log-place.ts';
import { usePolled } from './polled.ts';
import { duration, short, size, suffix } from './text.ts';
import { Age, ErrorNote, Prose } from './ui.tsx';

/** In milliseconds. */
const pause = 30_000;

/** A build beside the last one of its recipe, repository and branch that was published. */
export function ComparePage({ id }: { readonly id: string }): JSX.Element {
  const reader = useMemo(() => new ComparisonReader(id), [id]);
  const { value, error } = usePolled<Comparison>(id, pause, (_, signal) => reader.read(signal));
  return (
    <main id="main">
      <p class="quiet crumbs">
        <a href="/">Builds</a> / <a href={`/builds/${id}`}>{id}</a>
      </p>
      <h1>Compared with the last success</h1>
      {error === undefined ? null : <ErrorNote error={error} />}
      {value === undefined && error === undefined ? (
        <div class="card ghost tall" aria-busy="true" aria-label="The builds are being compared" />
      ) : null}
      {value?.baseline === null ? (
        <div class="card empty">
          <h2>No earlier success</h2>
          <p>
            No earlier build of this recipe, repository and branch was published. A build without a branch is compared
            with one of any branch.
          </p>
        </div>
      ) : null}
      {value?.baseline == null ? null : (
        <>
          <p class="facts">
            <span>
              <a href={`/builds/${value.baseline.id}`}>Build {value.baseline.id}</a>
            </span>
            <span>
              <code>{short(value.baseline.commit)}</code>
            </span>
            {value.baseline.subject === null ? null : (
              <span>
                <Prose text={value.baseline.subject} />
              </span>
            )}
            {value.baseline.branch === null ? null : <span class="chip">{value.baseline.branch}</span>}
            <span>
              <Age at={value.baseline.createdAt} />
            </span>
          </p>
          {value.jobs.map((job) => (
            <Half key={job.platform} job={job} id={id} baseline={value.baseline?.id ?? ''} />
          ))}
        </>
      )}
    </main>
  );
}

interface HalfProps {
  readonly job: JobComparison;
  readonly id: string;
  /** Id of the build that it is compared with. */
  readonly baseline: string;
}

function Half({ job, id, baseline }: HalfProps): JSX.Element {
  const rows = [
    { name: 'waiting', ...job.waiting },
    { name: 'running', ...job.running },
    ...job.phases.map((each) => ({
      ...each,
      name: each.image === null ? each.phase : `${each.phase} ${each.image}`,
    })),
  ].filter(({ value, baseline: before }) => value !== null || before !== null);
  const sizes = job.images.filter(({ value, baseline: before }) => value !== null || before !== null);
  return (
    <section class="card compare" aria-labelledby={`compare-${suffix(job.platform)}`}>
      <h2 id={`compare-${suffix(job.platform)}`}>{job.platform}</h2>
      <Difference job={job} id={id} baseline={baseline} />
      <div class="table" tabIndex={0} role="region" aria-label={`Durations and sizes of ${job.platform}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Phase or image</th>
              <th scope="col">This build</th>
              <th scope="col">Last success</th>
              <th scope="col">Difference</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <Row key={index} name={row.name} compared={row} format={precise} tolerance={1} />
            ))}
            {sizes.map((image) => (
              <Row
                key={`size of ${image.image}`}
                name={`size of ${image.image}`}
                compared={image}
                format={size}
                tolerance={1000}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Bases job={job} />
    </section>
  );
}

function Difference({ job, id, baseline }: HalfProps): JSX.Element | null {
  const { difference, attempt, baselineAttempt, platform } = job;
  if (attempt === null || baselineAttempt === null) return null;
  if (difference === null) return <p>{noDifferenceText(job)}</p>;
  const placeOf = (number: number, of: number): string =>
    formatPlace({ platform: suffix(platform), attempt: of, from: number, to: number });
  const { instead } = difference;
  return (
    <>
      <h3>First line that differs</h3>
      <dl class="differs">
        <dt>
          <a href={`/builds/${id}${placeOf(difference.number, attempt)}`}>line {difference.number}</a>
        </dt>
        <dd>
          <code>{plainLine(difference.text)}</code>
        </dd>
        <dt>
          {instead === null ? (
            'last success'
          ) : (
            <a href={`/builds/${baseline}${placeOf(instead.number, baselineAttempt)}`}>
              last success, line {instead.number}
            </a>
          )}
        </dt>
        <dd>
          {instead === null ? (
            'its log has no line there, among its first 100,000'
          ) : (
            <code>{plainLine(instead.text)}</code>
          )}
        </dd>
      </dl>
    </>
  );
}

interface RowProps {
  readonly name: string;
  readonly compared: Pick<JobComparison['waiting'], 'value' | 'baseline' | 'difference'>;
  readonly format: (value: number) => string;
  /** Smaller differences are not marked. */
  readonly tolerance: number;
}

function Row({ name, compared: { value, baseline, difference }, format, tolerance }: RowProps): JSX.Element {
  const isMarked = difference !== null && Math.abs(difference) > Math.max(tolerance, Math.abs(baseline ?? 0) * 0.1);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{value === null ? '–' : format(value)}</td>
      <td>{baseline === null ? '–' : format(baseline)}</td>
      <td class={isMarked ? (difference > 0 ? 'more-than' : 'less-than') : 'quiet'}>
        {difference === null ? '–' : `${difference < 0 ? '−' : '+'}${format(Math.abs(difference))}`}
      </td>
    </tr>
  );
}

function Bases({ job }: { readonly job: JobComparison }): JSX.Element | null {
  const bases = job.images.flatMap(({ image, bases: all }) => all.map((base) => ({ image, ...base })));
  if (bases.length === 0) return null;
  return (
    <ul class="bases">
      {bases.map(({ image, reference, digest, baselineDigest }) => (
        <li key={`${image} ${reference}`}>
          {image}: <code>{reference}</code>{' '}
          {baseText({ digest, baselineDigest }) ?? (
            <>
              has changed: <code title={baselineDigest ?? ''}>{baselineDigest?.slice(0, 19)}</code> →{' '}
              <code title={digest ?? ''}>{digest?.slice(0, 19)}</code>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function precise(seconds: number): string {
  return seconds < 10 ? `${String(Math.round(seconds * 10) / 10)} s` : duration(seconds);
}
