import type { Platform } from '../platform.ts';
import { type ErrorCode, type ErrorSource, errorCatalogue } from './catalogue.ts';

/** What an error adds to its code and message. */
export interface TwinhullErrorOptions {
  readonly platform?: Platform | undefined;
  /** What to do next. @default the catalogue's general advice */
  readonly hint?: string | undefined;
  /** Milliseconds to wait before a retry, if the other side asked for that. */
  readonly after?: number | undefined;
  readonly cause?: unknown;
}

/** On the prototype of every copy of the class, so that two copies of the package recognise each other's errors. */
const brand = Symbol.for('twinhull.TwinhullError');

/** The only error class. A message starts in lower case: what failed, the value, and why. `hint` is what to do. */
export class TwinhullError extends Error {
  readonly code: ErrorCode;
  readonly source: ErrorSource;
  readonly retryable: boolean;
  readonly platform: Platform | undefined;
  readonly hint: string;
  readonly after: number | undefined;

  constructor(code: ErrorCode, message: string, options: TwinhullErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = errorCatalogue[code];
    this.name = 'TwinhullError';
    this.code = code;
    this.source = entry.source;
    this.retryable = entry.retryable;
    this.platform = options.platform;
    this.hint = options.hint ?? entry.hint;
    this.after = options.after;
  }

  /** Whether a value is an error of Twinhull, of this code if one is given; also one of another copy of the package. */
  static is(value: unknown, code?: ErrorCode): value is TwinhullError {
    return value instanceof Error && brand in value && (code === undefined || ('code' in value && value.code === code));
  }

  static {
    Object.defineProperty(TwinhullError.prototype, brand, { value: true });
  }
}

/** The text of any thrown value, for a message of our own. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same on one line. */
export function reasonLineOf(error: unknown): string {
  return reasonOf(error).replace(/\s+/g, ' ').trim() || 'no reason given';
}
