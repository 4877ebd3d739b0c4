import { TwinhullError } from '../domain/errors/twinhull-error.ts';

/** The exit codes of `twinhull`. Scripts rely on them. */
export const exitCodes = { success: 0, buildFailed: 1, wrongUse: 2, unreachable: 3 } as const;

/** An exit code of the command line, as docs/errors.md lists them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** By the error's source; an unknown error counts as internal. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!TwinhullError.is(error)) return exitCodes.buildFailed;
  switch (error.source) {
    case 'user':
      return exitCodes.wrongUse;
    case 'backend':
      return exitCodes.unreachable;
    case 'internal':
      return exitCodes.buildFailed;
  }
}
