import pc from 'picocolors';
import { LabError } from './lab-error.ts';

/** What a person needs to know of a failure: the text and the advice, or everything where it was not foreseen. */
export function explain(error: unknown): string {
  if (!(error instanceof LabError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.hint === undefined ? error.message : `${error.message}\n${pc.dim('what to do:')} ${error.hint}`;
}
