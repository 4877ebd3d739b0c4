import type { ShownBuild, ShownJob } from '../../build-json/shown-build.ts';
import type { BaseImage } from '../../domain/base-image.ts';
import { isEnded, lastAttempt } from '../../domain/build.ts';
import { type Display, makeDisplay } from './display.ts';
import { cacheSentence } from './event-sentence.ts';
import { failureReport } from './failure-report.ts';
import { phaseBars } from './phase-bars.ts';
import { publishedTags } from './published-tags.ts';
import { elapsed, relativeTime } from './quantities.ts';
import { safeLine } from './safe-text.ts';
import { textWidth } from './text-width.ts';
import { attemptSeconds, buildTitle, phaseLabel, shortDigest, stateStyle, stoppingReasons } from './words.ts';

/**
 * Everything about one build: its state, its jobs with their phases as bars on one scale, its tags, its failure.
 *
 * The phases of a running attempt are known only from its events: see `withLivePhases`.
 */
export function renderStatus(build: ShownBuild, now: number, display: Display = makeDisplay()): string {
  const jobs = build.jobs.flatMap((job) => ['', ...jobLines(build, job, now, display)]);
  const lines = [...headLines(build, now, display), ...jobs];
  const tags = build.tags.length === 0 ? [] : ['', ...publishedTags(build, display).trimEnd().split('\n')];
  const failure =
    build.failure === undefined
      ? []
      : ['', display.colours.red('failure'), ...failureReport(build, build.failure, display)];
  return [...lines, ...tags, ...failure].map((line) => `${line}\n`).join('');
}

function headLines(build: ShownBuild, now: number, { colours, symbols }: Display): string[] {
  const state = stateStyle(build.state, colours)(build.state);
  const time = elapsed(((build.finishedAt ?? now) - build.createdAt) / 1000);
  return [
    `${colours.bold(`build ${build.id}`)} ${symbols.dot} ${state}${otherBuild(build)} ${symbols.dot} ${buildTitle(build)}`,
    `  commit     ${build.commit}`,
    ...(build.subject === undefined ? [] : [`  subject    ${safeLine(build.subject)}`]),
    ...(build.author === undefined ? [] : [`  author     ${safeLine(build.author)}`]),
    `  from       ${safeLine(build.repository)}`,
    `  to         ${safeLine(build.destination)}`,
    `  submitted  ${relativeTime(build.createdAt, now)}, ${isEnded(build) ? 'took' : 'running for'} ${time}`,
    ...new Set(build.images.flatMap(({ bases = [] }) => bases.map(baseLine))),
  ];
}

function baseLine({ reference, digest }: BaseImage): string {
  const version = digest === undefined ? ' (only on the engine)' : ` ${shortDigest(digest)}`;
  return `  base       ${safeLine(reference)}${version}`;
}

/** How another build, or a request to cancel, affects this one. */
function otherBuild(build: ShownBuild): string {
  const { queue, supersededBy, cancelRequestedAt } = build;
  const isCancelling = cancelRequestedAt !== undefined && !isEnded(build);
  if (supersededBy !== undefined) return `${isCancelling ? ', being superseded' : ''} by build ${supersededBy}`;
  if (isCancelling) return ', being cancelled';
  return queue === undefined ? '' : ` for build ${queue.behind} (${queue.whenBusy})`;
}

function jobLines(build: ShownBuild, job: ShownJob, now: number, display: Display): string[] {
  const { colours, symbols } = display;
  const attempt = lastAttempt(job);
  const words = [jobState(job)];
  if (attempt !== undefined && attempt.number > 1) words.push(`attempt ${attempt.number}`);
  const seconds = attempt && attemptSeconds(attempt, now);
  if (seconds !== undefined) words.push(elapsed(seconds));
  if (attempt?.exitCode) words.push(`exit code ${attempt.exitCode}`);
  if (attempt?.stopping !== undefined) words.push(stoppingReasons[attempt.stopping.why]);
  const scaleSeconds = Math.max(0, ...build.jobs.map((one) => jobSeconds(one, now)));
  const labelWidth = Math.max(
    0,
    ...build.jobs.flatMap((one) => lastAttempt(one)?.phases.map((span) => textWidth(phaseLabel(span))) ?? []),
  );
  const bars = phaseBars(attempt?.phases ?? [], { ranSeconds: seconds ?? 0, scaleSeconds, labelWidth, display });
  const caches = (attempt?.phases ?? []).flatMap(({ image = '', cache }) => (cache ? cacheSentence(image, cache) : []));
  const title = `${colours.bold(job.platform)}  ${words.join(` ${symbols.dot} `)}`;
  return [title, ...[...bars, ...caches].map((line) => `  ${line}`)];
}

function jobState(job: ShownJob): string {
  if (job.state !== 'active') return job.state === 'built' ? 'built, reading its images back' : job.state;
  const attempt = lastAttempt(job);
  if (attempt?.stopping !== undefined) return 'stopping';
  return attempt?.state === 'intended' ? 'being sent' : (attempt?.state ?? 'pending');
}

function jobSeconds(job: ShownJob, now: number): number {
  const attempt = lastAttempt(job);
  return (attempt && attemptSeconds(attempt, now)) ?? 0;
}
