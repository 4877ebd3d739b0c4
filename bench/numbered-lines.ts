import type { Readable } from 'node:stream';

export interface NumberedLines {
  /** From the arrival of the first line to that of the last. */
  readonly seconds: number;
  readonly count: number;
  /** Whether every line from `line 1` on arrived once and in order. */
  readonly isWhole: boolean;
  /** The end of the text that was read. */
  readonly tail: string;
}

interface Chunk {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Reads a stream to its end for lines that contain `line {number} of the log`; parses them only afterwards. */
export async function readNumberedLines(stream: Readable, expected: number): Promise<NumberedLines> {
  const chunks: Chunk[] = [];
  for await (const bytes of stream) chunks.push({ at: performance.now(), bytes: bytes as Buffer });
  const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1');
  const found = [...text.matchAll(/line (\d+) of the log.*\n/g)];
  const first = found[0];
  const last = found.at(-1);
  if (first === undefined || last === undefined) throw new Error(`no numbered line arrived:\n${text.slice(-1000)}`);
  const isWhole = found.length === expected && found.every((line, index) => Number(line[1]) === index + 1);
  const milliseconds =
    arrivalOf(chunks, last.index + last[0].length) - arrivalOf(chunks, first.index + first[0].length);
  return { seconds: milliseconds / 1000, count: found.length, isWhole, tail: text.slice(-1000) };
}

/** When the byte before `offset` arrived. */
function arrivalOf(chunks: readonly Chunk[], offset: number): number {
  let end = 0;
  const chunk = chunks.find(({ bytes }) => (end += bytes.length) >= offset);
  return chunk?.at ?? Number.NaN;
}
