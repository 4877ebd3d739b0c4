import type { BuildEstimate, JobEstimate } from '../../domain/build-estimate.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Plan, PlannedJob, PlannedSource, PlannedStep } from '../../domain/plan.ts';
import { type Display, makeDisplay } from './display.ts';
import { counted, elapsed } from './quantities.ts';
import { safeLine } from './safe-text.ts';
import { padEnd } from './text-width.ts';

/** The jobs, steps and tags of a plan as a tree. @param estimate undefined: unknown */
export function renderPlan(plan: Plan, display: Display = makeDisplay(), estimate?: BuildEstimate): string {
  const lines = [
    ...headLines(plan, display),
    ...estimateLines(estimate),
    '',
    ...plan.jobs.flatMap((job, at) => [...jobLines(job, display, estimate?.jobs[at]), '']),
    ...tagLines(plan, display),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function headLines({ recipe, source, destination, timeouts }: Plan, { colours }: Display): string[] {
  const preset = recipe.preset === undefined ? '' : ` (preset, version ${recipe.preset.version})`;
  const named = source.branch ?? source.ref;
  const branch = named === undefined ? '' : ` on ${safeLine(named)}`;
  return [
    `${colours.bold(safeLine(recipe.name))}${preset}`,
    `  commit  ${source.commit}${branch}`,
    `  from    ${safeLine(source.repository)}${withParts(source)}`,
    `  to      ${safeLine(destination.repository)}${destination.kind === 'ecr' ? ` (ECR, ${destination.region})` : ''}`,
    `  limits  each job waits at most ${formatDuration(timeouts.waitSeconds)} and runs at most ${formatDuration(timeouts.runSeconds)}`,
  ];
}

function estimateLines(estimate: BuildEstimate | undefined): string[] {
  if (estimate === undefined) return ['  takes   unknown: the build store cannot be read'];
  const { builds, buildSeconds, cost, ahead } = estimate;
  const takes =
    buildSeconds === null
      ? 'unknown: no such build of this recipe and repository was published yet'
      : `about ${elapsed(buildSeconds.median)}, nine of ten at most ${elapsed(buildSeconds.p90)} (from ${counted(builds, 'build')})`;
  const behind = ahead === 0 ? [] : [`  ahead   ${counted(ahead, 'build')} with a tag of this one`];
  const costs =
    cost === null
      ? []
      : [
          `  costs   about ${cost.toLocaleString('en-US', { maximumSignificantDigits: 3 })} for the hosts while its jobs run`,
        ];
  return [`  takes   ${takes}`, ...costs, ...behind];
}

function withParts({ submodules, lfs, depth, tags }: PlannedSource): string {
  const parts = [
    ...(submodules ? ['submodules'] : []),
    ...(lfs ? ['LFS files'] : []),
    ...(depth === undefined ? [] : [depth === 'full' ? 'full history' : `${depth} commits`]),
    ...(tags ? ['tags'] : []),
  ];
  return parts.length === 0 ? '' : `, with ${parts.join(', ')}`;
}

function jobLines({ platform, steps }: PlannedJob, display: Display, estimate: JobEstimate | undefined): string[] {
  const { colours, symbols } = display;
  const blocks = steps.flatMap((step, index) => {
    const isLast = index === steps.length - 1;
    const [first = '', ...others] = stepLines(step, display);
    const bar = isLast ? '  ' : padEnd(symbols.gutter, 2);
    return [
      `${colours.dim(isLast ? symbols.lastBranch : symbols.branch)} ${first}`,
      ...others.map((line) => `${colours.dim(bar)}   ${line}`),
    ];
  });
  return [`${colours.bold(platform)}${jobTimes(estimate)}`, ...blocks];
}

function jobTimes(estimate: JobEstimate | undefined): string {
  const { waitingSeconds: waits, runSeconds: runs } = estimate ?? {};
  return waits == null || runs == null ? '' : `  waits about ${elapsed(waits.median)}, runs ${elapsed(runs.median)}`;
}

function stepLines({ image, from, build, verify }: PlannedStep, { colours }: Display): string[] {
  const lines = [colours.cyan(safeLine(image))];
  if (from !== undefined)
    lines.push(`on      ${safeLine(from.image)}, by digest, as build argument ${safeLine(from.argument)}`);
  if (build.kind === 'script') {
    lines.push(`script  ${command([build.path, ...build.arguments])}`);
    lines.push(...settings('with    ', build.environment));
  } else {
    const file = 'path' in build.dockerfile ? safeLine(build.dockerfile.path) : 'a Dockerfile in the recipe';
    const target = build.target === undefined ? '' : `, target ${safeLine(build.target)}`;
    lines.push(
      `file    ${file}, context ${safeLine(build.context)}${target}${build.cache ? ', cached in the registry' : ''}`,
    );
    lines.push(...settings('arg     ', build.arguments));
  }
  const { secrets = [] } = build;
  if (secrets.length > 0) lines.push(`secret  ${secrets.map(safeLine).join(', ')}`);
  return [...lines, ...verify.map((words) => `verify  ${command(words)}`)];
}

function settings(title: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${title}${safeLine(name)}=${word(value)}`);
}

function tagLines({ tags }: Plan, { colours, symbols }: Display): string[] {
  const width = Math.max(0, ...tags.map(({ tag }) => tag.length));
  const rows = tags.map(({ tag, image, kind, platforms, moving }) => {
    const what =
      kind === 'index'
        ? `${safeLine(image)}, an index over ${platforms.join(' and ')}`
        : `${safeLine(image)}, ${platforms.join(', ')}`;
    return `  ${padEnd(tag, width)}  ${symbols.arrow} ${what}${moving ? ', moves' : ''}`;
  });
  return [colours.bold('publishes, in this order, when every job has succeeded'), ...rows];
}

function command(words: readonly string[]): string {
  return words.map(word).join(' ');
}

/** Quotes a word as a shell would need it, so that word boundaries are visible. */
function word(text: string): string {
  const line = safeLine(text.replace(/\n/g, '\\n'));
  return /^[\w@%+=:,./{}-]+$/.test(line) ? line : `'${line.replaceAll("'", String.raw`'\''`)}'`;
}
