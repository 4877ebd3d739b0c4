import * as z from 'zod';
import { type ErrorCode, errorCatalogue } from '../domain/errors/catalogue.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';

/** The parts of a problem document (RFC 9457) from which the error is rebuilt. */
const problem = z.looseObject({ code: z.string(), detail: z.string(), hint: z.string() });

/**
 * The error that a service returned, with the same code, message and hint. A response from something else, such as a
 * proxy's page, or with a code of a later release, becomes `ServerRefused`.
 */
export function errorOf(status: number, text: string, host: string): TwinhullError {
  const read = problem.safeParse(jsonOf(text));
  if (read.success) {
    const { code, detail, hint } = read.data;
    if (isErrorCode(code)) return new TwinhullError(code, detail, { hint });
    return new TwinhullError('ServerRefused', `${detail} (${code})`, { hint });
  }
  // Sent by proxies while the service behind them is unavailable.
  if (status === 502 || status === 503 || status === 504)
    return new TwinhullError(
      'ServerUnreachable',
      `${host} answered ${String(status)}: no service is available behind it`,
    );
  return new TwinhullError('ServerRefused', `${host} answered ${String(status)}, unlike a Twinhull service`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
