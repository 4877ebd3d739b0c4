import type { Colours, Display, Symbols } from './display.ts';
import { currentPhase, type Lane, type LanePhase, type LaneState } from './lane.ts';
import { elapsed, ticking } from './quantities.ts';
import { safeText } from './safe-text.ts';
import { padEnd, textWidth, truncate } from './text-width.ts';
import { phaseLabel } from './words.ts';

/** The space for one platform, in columns and lines. */
export interface LaneSpace {
  readonly width: number;
  /** Number of log lines; missing ones are empty. */
  readonly logRows: number;
  readonly now: number;
  readonly display: Display;
}

/** A lane as exactly `2 + logRows` lines, none wider than `width`. */
export function laneLines(lane: Lane, log: readonly string[], space: LaneSpace): string[] {
  const { width, logRows, display } = space;
  const gutter = `  ${display.colours.dim(display.symbols.gutter)} `;
  const shown = logRows === 0 ? [] : log.slice(-logRows);
  const lines = shown.map((line) => gutter + truncate(logLine(line), width - 4, display.symbols.ellipsis));
  const blank = Array.from({ length: logRows - lines.length }, () => gutter.trimEnd());
  return [headerLine(lane, space), stripLine(lane, space), ...lines, ...blank];
}

/** `▸ linux/arm64  build task · attempt 2 · emulated        1m12s` */
export function headerLine(lane: Lane, { width, now, display }: Omit<LaneSpace, 'logRows'>): string {
  const { colours, symbols } = display;
  const time = timeOf(lane, now);
  const [symbol, style] = appearance(lane.state, symbols, colours);
  const words = [stateWords(lane)];
  if (lane.attempt > 1) words.push(`attempt ${lane.attempt}`);
  if (lane.isEmulated) words.push('emulated');
  const name = truncate(lane.platform, width - 2, symbols.ellipsis);
  const room = width - 2 - textWidth(name) - 2 - (time === '' ? 0 : textWidth(time) + 2);
  const text = truncate(words.join(` ${symbols.dot} `), room, symbols.ellipsis);
  const left = `${style(symbol)} ${colours.bold(name)}  ${style(text)}`;
  return time === '' ? left : padEnd(left, width - textWidth(time)) + colours.bold(time);
}

/** `✓ tools 0.3s  ✓ clone 2.1s  ▸ build task`: the earliest are left out when it would be too wide. */
export function stripLine(lane: Lane, { width, display }: Omit<LaneSpace, 'logRows' | 'now'>): string {
  const { colours, symbols } = display;
  const items = lane.phases.map((phase) => phaseItem(phase, lane, symbols, colours));
  let shown = items.length;
  const widthOf = (count: number): number =>
    items.slice(-count).reduce((sum, { text }) => sum + textWidth(text) + 2, 0) +
    (count < items.length ? textWidth(symbols.ellipsis) + 2 : 0);
  while (shown > 1 && widthOf(shown) > width) shown -= 1;
  const texts = (shown === 0 ? [] : items.slice(-shown)).map(({ text, style }) =>
    style(truncate(text, width - 5, symbols.ellipsis)),
  );
  if (shown < items.length) texts.unshift(colours.dim(symbols.ellipsis));
  return texts.length === 0 ? '' : `  ${texts.join('  ')}`;
}

function phaseItem({ phase, image, seconds, exitCode }: LanePhase, lane: Lane, symbols: Symbols, colours: Colours) {
  const label = phaseLabel({ phase, image });
  if (seconds === undefined && lane.until === undefined)
    return { text: `${symbols.active} ${label}`, style: colours.cyan };
  const time = seconds === undefined ? '' : ` ${elapsed(seconds)}`;
  if (seconds === undefined && lane.state !== 'failed')
    return { text: `${symbols.stopped} ${label}`, style: colours.dim };
  if (seconds === undefined || exitCode) return { text: `${symbols.failed} ${label}${time}`, style: colours.red };
  return { text: `${symbols.done} ${label}${time}`, style: colours.dim };
}

function timeOf({ since, until }: Lane, now: number): string {
  if (since === undefined) return '';
  return ticking(((until ?? now) - since) / 1000);
}

function stateWords(lane: Lane): string {
  const phase = currentPhase(lane);
  const failed = lane.phases.findLast((one) => one.seconds === undefined || one.exitCode);
  switch (lane.state) {
    case 'running':
      return withRemark(phase === undefined ? 'running' : phaseLabel(phase), lane);
    case 'checking':
      return 'built, reading its images back';
    case 'succeeded':
      return 'done';
    case 'failed':
      return failed === undefined ? 'failed' : `failed in ${phaseLabel(failed)}`;
    default:
      return withRemark(lane.state, lane);
  }
}

function withRemark(text: string, { remark }: Lane): string {
  return remark === undefined ? text : `${text}: ${remark}`;
}

function appearance(state: LaneState, symbols: Symbols, colours: Colours): [string, (text: string) => string] {
  switch (state) {
    case 'waiting':
    case 'queued':
      return [symbols.waiting, colours.dim];
    case 'running':
    case 'checking':
      return [symbols.active, colours.cyan];
    case 'stopping':
      return [symbols.active, colours.yellow];
    case 'stopped':
      return [symbols.stopped, colours.yellow];
    case 'succeeded':
      return [symbols.done, colours.green];
    case 'failed':
      return [symbols.failed, colours.red];
  }
}

/** One line of a log; where a progress bar overwrites its line, the last state. */
function logLine(line: string): string {
  const states = line.split('\r').filter((state) => state.trim() !== '');
  return safeText(states.at(-1) ?? '')
    .replace(/\n/g, ' ')
    .replace(/\t/g, '  ')
    .trimEnd();
}
