import { shortCommit } from '../../domain/commit.ts';
import type { Platform } from '../../domain/platform.ts';
import type { BuildView } from './build-view.ts';
import type { Display } from './display.ts';
import { headerLine, laneLines, stripLine } from './lane-lines.ts';
import { ticking } from './quantities.ts';
import { safeLine } from './safe-text.ts';
import { padEnd, textWidth, truncate } from './text-width.ts';

/** What the live display shows at one moment; `now` is in milliseconds since the Unix epoch. */
export interface Frame {
  readonly view: BuildView;
  readonly logOf: (platform: Platform) => readonly string[];
  readonly interruptHint: string;
  readonly now: number;
  readonly display: Display;
}

/** At this width and above, lanes are side by side. */
const sideBySide = 100;
const mostLogRows = 16;
/** Header and phase strip of a lane. */
const headRows = 2;
/** An empty line, the bottom line, and the line of the cursor. */
const footRows = 3;

/** The whole display as lines: fewer than the terminal's rows, none wider than its columns. */
export function frameLines(frame: Frame): string[] {
  const { view, display } = frame;
  const lanes = display.columns >= sideBySide ? lanesBeside(frame) : lanesStacked(frame);
  const rows = view.lanes.length === 0 ? [bottomLine(frame)] : [...lanes, '', bottomLine(frame)];
  return rows.slice(-(display.rows - 1));
}

/** What remains on the screen at the end: each lane's header and phases, without its log. */
export function finalLines({ view, now, display }: Frame): string[] {
  const space = { width: display.columns - 1, now, display };
  return view.lanes.flatMap((lane) => [headerLine(lane, space), stripLine(lane, space)]).filter((line) => line !== '');
}

function lanesBeside({ view, logOf, now, display }: Frame): string[] {
  const separator = '   ';
  const width = Math.floor(
    (display.columns - 1 - separator.length * (view.lanes.length - 1)) / Math.max(1, view.lanes.length),
  );
  const logRows = clamp(display.rows - headRows - footRows, 0, mostLogRows);
  const lanes = view.lanes.map((lane) => laneLines(lane, logOf(lane.platform), { width, logRows, now, display }));
  const rows = Array.from({ length: headRows + logRows }, (_, row) =>
    lanes.map((lane) => padEnd(lane[row] ?? '', width)),
  );
  return rows.map((parts) => parts.join(separator).trimEnd());
}

function lanesStacked({ view, logOf, now, display }: Frame): string[] {
  const count = Math.max(1, view.lanes.length);
  const between = count - 1;
  const logRows = clamp(Math.floor((display.rows - footRows - between) / count) - headRows, 0, mostLogRows);
  const space = { width: display.columns - 1, logRows, now, display };
  const lanes = view.lanes.map((lane) => laneLines(lane, logOf(lane.platform), space));
  return lanes.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

/** `vecoli at 3f2c1a9 · build 0mh2…    1m12s · Ctrl-C cancels the build` */
function bottomLine({ view, interruptHint, now, display }: Frame): string {
  const { colours, symbols, columns } = display;
  const width = columns - 1;
  const parts = [activity(view)];
  if (view.commit !== undefined) parts.push(`${safeLine(view.recipe ?? '')} at ${shortCommit(view.commit)}`);
  if (view.buildId !== undefined) parts.push(`build ${view.buildId}`);
  if (view.createdAt !== undefined) parts.push(ticking((now - view.createdAt) / 1000));
  const hint = view.isCancelling ? 'press Ctrl-C again to exit at once' : interruptHint;
  const left = truncate(parts.filter(Boolean).join(` ${symbols.dot} `), width, symbols.ellipsis);
  if (textWidth(left) + 3 + textWidth(hint) > width) return colours.dim(left);
  return colours.dim(padEnd(left, width - textWidth(hint)) + hint);
}

function activity({ isCancelling, behind, publishing, lanes }: BuildView): string {
  if (isCancelling) return 'cancelling';
  if (behind !== undefined) return `waiting for build ${behind}`;
  if (publishing?.waitsFor !== undefined) return `publishing is waiting: ${safeLine(publishing.waitsFor)}`;
  if (publishing !== undefined && publishing.total > 0)
    return `published ${publishing.done} of ${publishing.total} tags`;
  if (publishing !== undefined) return 'publishing';
  return lanes.length === 0 ? 'starting' : '';
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
