import { randomBytes } from 'node:crypto';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type Display, makeDisplay } from './display.ts';
import { safeText } from './safe-text.ts';
import { wrap } from './text-width.ts';

/** Where the details of an error that is not in the catalogue are recorded. */
export interface UnknownErrorDetails {
  /** Identifies the entry with the details. @default a random one */
  readonly id?: string;
  /** The file with the details. */
  readonly detailsIn?: string | undefined;
}

/**
 * What failed, the value, why, and what to do. An unknown error is shown as an id only: its text may contain anything,
 * and belongs in a log.
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
      ? 'report it, with the steps to reproduce it'
      : `report this id with the details in ${detailsIn}`;
  return [`${colours.red('error:')} unexpected error (error id ${id})`, ...hintLines(hint, symbols.arrow, columns)]
    .map((line) => `${line}\n`)
    .join('');
}

/** A random id that a user can quote, and that the log entry has too. */
export function newErrorId(): string {
  return randomBytes(4).toString('hex');
}

function hintLines(hint: string, arrow: string, columns: number): string[] {
  const [first = '', ...others] = safeText(hint)
    .split('\n')
    .flatMap((line) => wrap(line, columns - 5));
  return [`  ${arrow} ${first}`, ...others.map((line) => `    ${line}`)];
}
