import type { Writable } from 'node:stream';

interface Holder {
  notice(text: string): void;
}

const holders = new WeakMap<Writable, Holder>();

/** From now on, lines for `stream` go to `holder`, which knows where the cursor is. */
export function holdStream(stream: Writable, holder: Holder): void {
  holders.set(stream, holder);
}

/**
 * Writes a line to a stream that a renderer may be drawing on, without damaging the display.
 *
 * @param line without newline; any external text in it has been made safe
 */
export function notice(stream: Writable, line: string): void {
  const holder = holders.get(stream);
  if (holder === undefined) stream.write(`${line}\n`);
  else holder.notice(line);
}
