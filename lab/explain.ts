import pc from 'picocolors';
import { LabError } from './lab-error.ts';

/** The message and advice of a foreseen failure, or every detail of an unforeseen one. */
export function explain(error: unknown): string {
  if (!(error instanceof LabError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.hint === undefined ? error.message : `${error.message}\n${pc.dim('what to do:')} ${error.hint}`;
}
