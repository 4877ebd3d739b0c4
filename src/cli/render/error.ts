import { randomBytes } from 'node:crypto';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { type Display, makeDisplay } from './display.ts';
import { safeText } from './safe-text.ts';
import { wrap } from './text-width.ts';

export interface UnknownErrorDetails {
  /** By which the details are found. @default a random one */
  readonly id?: string;
  /** Where everything about it was written. */
  readonly detailsIn?: string | undefined;
}

/**
 * What failed, the value, why, and what to do. Of an error that is none of ours only an id is shown: its text may hold
 * anything, and belongs into a log.
 */
export function renderError(
  error: unknown,
  display: Display = makeDisplay(),
  details: UnknownErrorDetails = {},
): string {
  const { colours, symbols } = display;
  if (!TwinhullError.is(error)) return unknownError(display, details);
  const [first = '', ...others] = safeText(error.message).split('\n');
  const where = error.platform === undefined ? '' : ` (${error.platform})`;
  const lines = [`${colours.red('error:')} ${first}${where}`, ...others.map((line) => `  ${line}`)];
  lines.push(...hintLines(error.hint, symbols.arrow, display.columns), `  ${colours.dim(`[${error.code}]`)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function unknownError(
  { colours, columns, symbols }: Display,
  { id = newErrorId(), detailsIn }: UnknownErrorDetails,
): string {
  const hint =
    detailsIn === undefined
      ? 'please report it, with what you did'
      : `the details are in ${detailsIn}; please report them with this id`;
  return [
    `${colours.red('error:')} something unexpected happened (error id ${id})`,
    ...hintLines(hint, symbols.arrow, columns),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

export function newErrorId(): string {
  return randomBytes(4).toString('hex');
}

function hintLines(hint: string, arrow: string, columns: number): string[] {
  const [first = '', ...others] = safeText(hint)
    .split('\n')
    .flatMap((line) => wrap(line, columns - 5));
  return [`  ${arrow} ${first}`, ...others.map((line) => `    ${line}`)];
}
