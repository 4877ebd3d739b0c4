import type { Writable } from 'node:stream';

/** Where a command runs: its folder, its streams, what it exits with. */
export interface Terminal {
  readonly cwd: string;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
}

/** Writes and waits until it is out, so that an exit right after cuts nothing off. */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      // A reader that went away (`twinhull list | head`) has seen all that it wanted.
      if (error != null && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}

export function writeJson(stream: Writable, value: unknown): Promise<void> {
  return write(stream, `${JSON.stringify(value, undefined, 2)}\n`);
}
