import type { ShownBuild } from '../../build-json/shown-build.ts';
import { lastAttempt } from '../../domain/build.ts';
import type { Failure } from '../../domain/failure.ts';
import { platformSuffix } from '../../domain/platform.ts';
import type { Display } from './display.ts';
import { safeLine, safeText } from './safe-text.ts';
import { padEnd, wrap } from './text-width.ts';

/** Everything that is known about why a build failed, and what to do next. Lines without newlines. */
export function failureReport(build: ShownBuild, failure: Failure, display: Display): string[] {
  const { colours } = display;
  const lines = factsOf(build, failure).flatMap(([name, value]) => fact(name, value, display));
  const log = (failure.logTail ?? []).flatMap((line) => safeText(line).split('\n'));
  if (log.length > 0)
    lines.push(
      '',
      '  last lines of its log',
      ...log.map((line) => `    ${colours.dim(display.symbols.gutter)} ${line}`),
    );
  for (const other of build.jobs) {
    if (other.failure === undefined || other.failure.message === failure.message) continue;
    lines.push('', ...fact('also', other.failure.message, display));
  }
  return [...lines, '', '  what to do next', ...nextSteps(build, failure, display)];
}

type Fact = readonly [name: string, value: string];

function factsOf(
  build: ShownBuild,
  { platform, queue, phase, image, exitCode, reason, backendReason, message, code }: Failure,
): Fact[] {
  const attempt = build.jobs.filter((job) => job.platform === platform).map(lastAttempt)[0]?.number ?? 1;
  const facts: (readonly [string, string | undefined])[] = [
    ['platform', platform && (attempt > 1 ? `${platform}, attempt ${attempt}` : platform)],
    ['queue', queue],
    ['phase', phase],
    ['image', image],
    ['exit code', exitCode?.toString()],
    ['reason', reason ?? code],
    ['backend', backendReason],
    ['message', message],
  ];
  return facts.filter((one): one is Fact => one[1] !== undefined);
}

function fact(name: string, value: string, { colours, columns }: Display): string[] {
  const [first = '', ...others] = wrap(safeLine(value), columns - 13);
  return [`  ${colours.dim(padEnd(name, 9))}  ${first}`, ...others.map((line) => `${' '.repeat(13)}${line}`)];
}

function nextSteps(build: ShownBuild, failure: Failure, { colours, columns }: Display): string[] {
  const hint = wrap(safeLine(failure.hint), columns - 4).map((line) => `    ${line}`);
  const log = `twinhull logs ${build.id}${failure.platform === undefined ? '' : ` --platform ${failure.platform}`}`;
  const retry: Fact = [`twinhull retry ${build.id}`, whatRetryDoes(build)];
  const commands: Fact[] = [[log, 'the whole log'], ...(isBetweenHalves(failure) ? [] : [retry])];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    ...hint,
    ...commands.map(([command, what]) => `    ${colours.bold(padEnd(command, width))}  ${colours.dim(what)}`),
  ];
}

/** Halves with the same layers have both succeeded: a retry would rebuild neither, and is refused. */
function isBetweenHalves({ reason, platform }: Failure): boolean {
  return reason === 'wrong-platform' && platform === undefined;
}

function whatRetryDoes(build: ShownBuild): string {
  const unfinished = build.jobs.filter((job) => job.state !== 'succeeded').map((job) => platformSuffix(job.platform));
  if (unfinished.length === 0) return 'publishes again without building';
  return unfinished.length < build.jobs.length
    ? `rebuilds only ${unfinished.join(', ')}`
    : `rebuilds ${unfinished.join(', ')}`;
}
