/**
 * When the lines of a piece of a log were printed, in a form that takes about two characters a line: the first moment
 * in milliseconds since the Unix epoch, then for each line the difference from the line before, all in base 36 and
 * separated by commas; `d*n` is `n` equal differences `d`.
 *
 * @param times one for each line of the piece, in milliseconds since the Unix epoch, in any order; at least one
 */
export function encodeLineTimes(times: readonly number[]): string {
  const words: string[] = [];
  let [last, repeated, count] = [0, Number.NaN, 0];
  const flush = (): void => {
    if (count > 0) words.push(repeated.toString(36) + (count > 1 ? `*${count.toString(36)}` : ''));
  };
  for (const time of times) {
    const difference = Math.trunc(time) - last;
    last += difference;
    if (difference !== repeated) {
      flush();
      [repeated, count] = [difference, 0];
    }
    count += 1;
  }
  flush();
  return words.join(',');
}

/** The moments that `encodeLineTimes` was given, in whole milliseconds. */
export function decodeLineTimes(encoded: string): readonly number[] {
  const times: number[] = [];
  let last = 0;
  for (const word of encoded.split(',')) {
    const [difference = '', count = '1'] = word.split('*');
    const [by, lines] = [Number.parseInt(difference, 36), Number.parseInt(count, 36)];
    for (let line = 0; line < lines; line += 1) times.push((last += by));
  }
  return times;
}

/** How many lines a piece of a log has, a last one without a newline included. */
export function countLines(text: string): number {
  return newlinesBefore(text, text.length) + (text === '' || text.endsWith('\n') ? 0 : 1);
}

/** How many newlines are before the character at `end`. */
export function newlinesBefore(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
