import type { ErrorCode } from '../../domain/errors/catalogue.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** `warning`: builds may work, but not as well as they should, or it could not be determined. */
export type CheckStatus = 'ok' | 'warning' | 'problem';

/** One line of `doctor`. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do, with the command where there is one. */
  readonly advice?: string;
  /** The code of the error: its source distinguishes wrong use from an unreachable dependency. */
  readonly code?: ErrorCode;
}

/** A check that runs in parallel with others and reports even if they fail. */
export interface Check {
  readonly name: string;
  /** May return several results. An error that it throws becomes a problem. */
  readonly run: () => Promise<CheckResult | readonly CheckResult[]>;
  /** In milliseconds. @default 30_000 */
  readonly timeLimit?: number;
}

/** A result that needs no action. */
export function ok(name: string, detail: string): CheckResult {
  return { name, status: 'ok', detail };
}

/** A result that does not prevent builds. @param advice what to do, as an imperative */
export function warning(name: string, detail: string, advice: string): CheckResult {
  return { name, status: 'warning', detail, advice };
}

/** A result that prevents builds. @param advice what to do, as an imperative */
export function problem(name: string, detail: string, advice: string): CheckResult {
  return { name, status: 'problem', detail, advice };
}

/** Turns a TwinhullError into a problem; rethrows any other error. */
export function problemFromError(name: string, error: unknown): CheckResult {
  if (!TwinhullError.is(error)) throw error;
  return { ...problem(name, error.message, error.hint), code: error.code };
}

/** Runs all checks at once, each within its time limit; returns the results in the order of the checks. */
export async function runChecks(checks: readonly Check[]): Promise<readonly CheckResult[]> {
  const results = await Promise.all(checks.map(runCheck));
  return results.flat();
}

async function runCheck({ name, run, timeLimit = 30_000 }: Check): Promise<readonly CheckResult[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    const detail = `not checked within ${timeLimit / 1000} s`;
    timer = setTimeout(
      () =>
        resolve(problem(name, detail, 'check whether the system that it queries is overloaded or behind a firewall')),
      timeLimit,
    );
  });
  try {
    return [await Promise.race([run(), late])].flat();
  } catch (error) {
    return [problemFromError(name, error)];
  } finally {
    clearTimeout(timer);
  }
}

/** `ok` for no results. */
export function worstStatus(results: readonly CheckResult[]): CheckStatus {
  if (results.some(({ status }) => status === 'problem')) return 'problem';
  return results.some(({ status }) => status === 'warning') ? 'warning' : 'ok';
}
