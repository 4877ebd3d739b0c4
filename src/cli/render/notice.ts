import type { Writable } from 'node:stream';

interface Holder {
  notice(text: string): void;
}

const holders = new WeakMap<Writable, Holder>();

/** From now on, whoever has a line for `stream` gives it to `holder`, who knows where the cursor is. */
export function holdStream(stream: Writable, holder: Holder): void {
  holders.set(stream, holder);
}

/**
 * Writes a line to a stream that a renderer may be drawing on, without spoiling what it drew.
 *
 * @param line without newline; what in it comes from outside has been made safe
 */
export function notice(stream: Writable, line: string): void {
  const holder = holders.get(stream);
  if (holder === undefined) stream.write(`${line}\n`);
  else holder.notice(line);
}
