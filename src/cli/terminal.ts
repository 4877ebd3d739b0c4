import type { Writable } from 'node:stream';
import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';

/** Where a command runs: its folder, its streams, what it exits with. */
export interface Terminal {
  readonly cwd: string;
  /** The service that `--server` names; undefined without it. */
  readonly server?: string | undefined;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
}

/**
 * Writes and waits until it is out, so that an exit right after cuts nothing off. A reader that went away
 * (`twinhull list | head`) has seen all that it wanted.
 *
 * @throws ArgumentInvalid when the output cannot be written for another reason, such as a full disk
 */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null || isClosed(stream)) return resolve();
      reject(
        new TwinhullError('ArgumentInvalid', `the output cannot be written: ${reasonOf(error)}`, {
          hint: 'look where the output goes: has its disk room?',
          cause: error,
        }),
      );
    });
  });
}

/** Whether the reader of a stream went away. */
export function isClosed({ errored }: Writable): boolean {
  return errored !== null && 'code' in errored && errored.code === 'EPIPE';
}

export function writeJson(stream: Writable, value: unknown): Promise<void> {
  return write(stream, `${jsonText(value, 2)}\n`);
}

/** What JSON itself leaves as it is, but terminals obey: C1 controls, and marks that turn text around. */
const obeyed = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The same value as by `JSON.stringify`, harmless to a terminal as well. */
export function jsonText(value: unknown, indentation?: number): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indentation).replace(obeyed, escape);
}
