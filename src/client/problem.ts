import * as z from 'zod';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';

/** As much of a problem document (RFC 9457) as becomes an error again. */
const problem = z.looseObject({ code: z.string(), detail: z.string(), hint: z.string() });

/**
 * The error that a service answered: of the same code, message and hint. An answer that is none of the API's, such as a
 * proxy's page, or a code that only a later release knows, is `ServerRefused`.
 */
export function errorOf(status: number, text: string, host: string): TwinhullError {
  const read = problem.safeParse(jsonOf(text));
  if (read.success) {
    const { code, detail, hint } = read.data;
    if (isErrorCode(code)) return new TwinhullError(code, detail, { hint });
    return new TwinhullError('ServerRefused', `${detail} (${code})`, { hint });
  }
  // What proxies say while the service behind them is away.
  if (status === 502 || status === 503 || status === 504)
    return new TwinhullError('ServerUnreachable', `${host} answered ${String(status)}: no service is behind it now`);
  return new TwinhullError('ServerRefused', `${host} answered ${String(status)}, and not as a Twinhull service does`);
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
