import { type Display, makeDisplay } from '../render/display.ts';
import { counted } from '../render/quantities.ts';
import { safeLine } from '../render/safe-text.ts';
import { padEnd, textWidth, wrap } from '../render/text-width.ts';
import { type CheckResult, type CheckStatus, worstStatus } from './check.ts';

/** One line per check, followed by its advice when it is not ok. */
export function renderChecks(results: readonly CheckResult[], display: Display = makeDisplay()): string {
  const nameWidth = Math.max(0, ...results.map(({ name }) => textWidth(name)));
  const lines = results.flatMap((result) => checkLines(result, nameWidth, display));
  return [...lines, '', conclusion(results)].map((line) => `${line}\n`).join('');
}

function checkLines({ name, status, detail, advice }: CheckResult, nameWidth: number, display: Display): string[] {
  const { colours, symbols, columns } = display;
  const [mark, style] = {
    ok: [symbols.done, colours.green] as const,
    warning: [symbols.warning, colours.yellow] as const,
    problem: [symbols.failed, colours.red] as const,
  }[status];
  const indent = ' '.repeat(nameWidth + 4);
  const room = Math.max(30, columns - indent.length);
  const [first = '', ...others] = wrap(safeLine(detail), room);
  const adviceLines = advice === undefined ? [] : wrap(safeLine(advice), room - 3);
  return [
    `${style(mark)} ${padEnd(name, nameWidth)}  ${first}`,
    ...others.map((line) => indent + line),
    ...adviceLines.map(
      (line, index) => indent + (index === 0 ? `${style(symbols.arrow)} ` : '  ') + colours.bold(line),
    ),
  ];
}

function conclusion(results: readonly CheckResult[]): string {
  const count = (status: CheckStatus): number => results.filter((result) => result.status === status).length;
  if (worstStatus(results) === 'ok') return 'all checks passed';
  const parts = [];
  if (count('problem') > 0) parts.push(counted(count('problem'), 'problem'));
  if (count('warning') > 0) parts.push(counted(count('warning'), 'warning'));
  return parts.join(', ');
}

/** What `doctor --json` prints; `status` is the worst of all checks. */
export interface ChecksJson {
  readonly status: CheckStatus;
  readonly checks: readonly CheckJson[];
}

/** One check; `advice` is null unless there is something to do. */
export interface CheckJson {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  readonly advice: string | null;
  readonly code: string | null;
}

/** The stable shape for programs. */
export function checksToJson(results: readonly CheckResult[]): ChecksJson {
  const checks = results.map(({ name, status, detail, advice, code }) => ({
    name,
    status,
    detail,
    advice: advice ?? null,
    code: code ?? null,
  }));
  return { status: worstStatus(results), checks };
}
