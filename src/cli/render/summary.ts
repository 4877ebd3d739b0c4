import type { ShownBuild } from '../../build-json/shown-build.ts';
import { type Display, makeDisplay } from './display.ts';
import { failureReport } from './failure-report.ts';
import { phaseTable } from './phase-table.ts';
import { publishedTags } from './published-tags.ts';
import { elapsed } from './quantities.ts';
import { buildTitle } from './words.ts';

/** The final block about a build: what was published and how long it took, or why it failed and what to do. */
export function renderSummary(build: ShownBuild, display: Display = makeDisplay()): string {
  switch (build.state) {
    case 'published':
      return published(build, display);
    case 'failed':
      return failed(build, display);
    case 'cancelled':
      return cancelled(build, display);
    case 'superseded':
      return superseded(build, display);
    case 'waiting':
    case 'building':
    case 'publishing':
      return `${buildTitle(build)} is still ${build.state} (twinhull wait ${build.id})\n`;
  }
}

function published(build: ShownBuild, display: Display): string {
  const { colours, symbols } = display;
  const title = `${colours.green(symbols.done)} ${colours.bold(`published ${buildTitle(build)}`)}${took(build)}`;
  const phases = phaseTable(build, display, build.updatedAt);
  return [`${title}\n  ${build.destination}\n`, publishedTags(build, display), phases].filter(Boolean).join('\n');
}

function failed(build: ShownBuild, display: Display): string {
  const { colours, symbols } = display;
  const title = `${colours.red(symbols.failed)} ${colours.bold(`failed: ${buildTitle(build)}`)}${took(build)}; ${whatWasPublished(build)}`;
  const report = build.failure === undefined ? [] : failureReport(build, build.failure, display);
  return [title, '', ...report].map((line) => `${line}\n`).join('');
}

function cancelled(build: ShownBuild, { colours, symbols }: Display): string {
  const title = `${colours.yellow(symbols.stopped)} cancelled: ${buildTitle(build)}${took(build)}; ${whatWasPublished(build)}`;
  return `${title}; start it again with: twinhull retry ${build.id}\n`;
}

function superseded(build: ShownBuild, { colours, symbols }: Display): string {
  const title = `${colours.yellow(symbols.stopped)} superseded: ${buildTitle(build)}${took(build)}; ${whatWasPublished(build)}`;
  return `${title}; build ${build.supersededBy ?? ''} replaced it; see twinhull status ${build.supersededBy ?? ''}\n`;
}

/** What a build that did not succeed left in the registry for consumers, as far as the registry was read. */
function whatWasPublished({ tags, failure }: ShownBuild): string {
  const put = tags.filter(({ state }) => state === 'put').map(({ tag }) => tag);
  const appeared = failure?.appeared ?? [];
  const others = appeared.length === 0 ? '' : `; new at the destination, but not of this build: ${appeared.join(', ')}`;
  if (put.length > 0) return `already published: ${put.join(', ')}${others}`;
  return failure?.appeared?.length === 0 ? 'nothing was published' : `none of its tags was published${others}`;
}

function took({ createdAt, finishedAt }: ShownBuild): string {
  return finishedAt === undefined ? '' : ` in ${elapsed((finishedAt - createdAt) / 1000)}`;
}
