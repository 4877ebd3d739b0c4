import type { Writable } from 'node:stream';
import { systemCodeOf } from '../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../domain/errors/twinhull-error.ts';

/** The environment of a command: its folder, its streams, its exit code. */
export interface Terminal {
  readonly cwd: string;
  /** The service that `--server` names; undefined without the option. */
  readonly server?: string | undefined;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
}

/**
 * Writes, and waits until the text is flushed, so that an exit right after cuts nothing off. A reader that went away
 * (`twinhull list | head`) has read all that it wanted.
 *
 * @throws ArgumentInvalid when the output cannot be written for another reason, such as a full disk
 */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null || isClosed(stream)) return resolve();
      reject(
        new TwinhullError('ArgumentInvalid', `the output cannot be written: ${reasonOf(error)}`, {
          hint: 'check the target of the output, and its free disk space',
          cause: error,
        }),
      );
    });
  });
}

/** Whether the reader of a stream went away. */
export function isClosed({ errored }: Writable): boolean {
  return systemCodeOf(errored) === 'EPIPE';
}

/** Indented, with a newline at the end, and safe for a terminal. */
export function writeJson(stream: Writable, value: unknown): Promise<void> {
  return write(stream, `${jsonText(value, 2)}\n`);
}

/** Characters that JSON leaves unescaped, but terminals interpret or hide: C1 controls, and format characters. */
const unsafeCharacters = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

/** Anything but the printable characters of ASCII, and line ends. */
const otherCharacters = /[^\n -~]/;

/** Like `JSON.stringify`, but also safe for a terminal. */
export function jsonText(value: unknown, indentation?: number): string {
  const text = JSON.stringify(value, undefined, indentation);
  // Most text is ASCII, and of ten thousand builds there are megabytes.
  if (!otherCharacters.test(text)) return text;
  const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
  const escape = (character: string): string =>
    Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join('');
  return text.replace(unsafeCharacters, escape);
}
