/**
 * With `timestamps`, the engine begins the payload of every frame with the moment of its entry and a space: 30
 * characters, in UTC (`RFC3339NanoFixed`,
 * https://github.com/moby/moby/blob/v28.5.1/pkg/jsonmessage/jsonmessage.go). Podman leaves out zeros at the end, and may
 * name another zone.
 */
const longestFrameTime = '2026-03-04T05:06:07.123456789+02:00 '.length;

const space = 0x20;
const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) $/;

/** A moment at the beginning of a frame. */
interface FrameTime {
  /** In whole milliseconds since the Unix epoch. */
  readonly at: number;
  /** How many bytes it takes, the space after it included. */
  readonly length: number;
}

/**
 * Reads the moment at the beginning of a frame.
 * @param start the first `longestFrameTime` bytes of its payload, or all of a shorter one
 * @returns undefined where the engine wrote none
 */
function readFrameTime(start: Buffer): FrameTime | undefined {
  const end = start.indexOf(space);
  if (end < 0 || end >= longestFrameTime) return undefined;
  const text = start.toString('latin1', 0, end + 1);
  if (!shape.test(text)) return undefined;
  const at = Date.parse(text.slice(0, -1));
  return Number.isNaN(at) ? undefined : { at, length: end + 1 };
}

/** Whole lines, and when each was printed, in milliseconds since the Unix epoch. */
export interface TimedLines {
  readonly bytes: Buffer;
  /** One for each line, a last one without a newline included; undefined where the engine sent no times. */
  readonly times: readonly number[] | undefined;
}

/**
 * Demultiplexes docker's log stream: frames of an 8-byte header (stream, three zeros, length as 32-bit big-endian) and
 * that many bytes
 * (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
 * Stdout and stderr are merged in the engine's order, and returned in whole lines. The moment at the beginning of each
 * frame is no part of the output: it becomes the time of the lines that begin in the frame.
 */
export class LogLines {
  #buffer = Buffer.allocUnsafe(128 * 1024);
  #length = 0;
  #skip: number;
  readonly #header = Buffer.alloc(8);
  #headerLength = 0;
  #frameLeft = 0;
  /** The beginning of a frame while its moment is still incomplete. */
  readonly #start = Buffer.alloc(longestFrameTime);
  #startLength = 0;
  #isStart = false;
  #time = Number.NaN;
  /** When each of the lines in the buffer was printed. */
  #times: number[] = [];
  #isLineStart = true;

  /** @param skip how many bytes of output to drop first, because an earlier reader had them */
  constructor(skip: number) {
    this.#skip = skip;
  }

  /** How many bytes are buffered. */
  get length(): number {
    return this.#length;
  }

  add(data: Buffer): void {
    this.#reserve(data.length + longestFrameTime);
    let at = 0;
    while (at < data.length) {
      if (this.#frameLeft === 0) {
        at = this.#readHeader(data, at);
        continue;
      }
      const end = Math.min(at + this.#frameLeft, data.length);
      if (this.#isStart) {
        at = this.#readStart(data, at, end);
        continue;
      }
      this.#frameLeft -= end - at;
      this.#keep(data, at, end);
      at = end;
    }
  }

  /** All complete lines; a line beyond `longestLine` is returned in pieces, so that memory stays bounded. */
  takeLines(): TimedLines {
    const newline = this.#length === 0 ? -1 : this.#buffer.lastIndexOf(0x0a, this.#length - 1);
    if (newline >= 0) return this.#take(newline + 1);
    return this.#length > longestLine ? this.#take(wholeCharacters(this.#buffer, this.#length)) : this.#take(0);
  }

  /** Everything, including an incomplete last line. */
  takeAll(): TimedLines {
    return this.#take(this.#length);
  }

  #readHeader(data: Buffer, at: number): number {
    this.#isStart = true;
    if (this.#headerLength === 0 && data.length - at >= 8) {
      this.#frameLeft = data.readUInt32BE(at + 4);
      return at + 8;
    }
    const end = Math.min(at + 8 - this.#headerLength, data.length);
    this.#headerLength += data.copy(this.#header, this.#headerLength, at, end);
    if (this.#headerLength === 8) {
      this.#frameLeft = this.#header.readUInt32BE(4);
      this.#headerLength = 0;
    }
    return end;
  }

  /** Collects the beginning of a frame, which may arrive in pieces. @returns where to continue in `data` */
  #readStart(data: Buffer, at: number, end: number): number {
    const size = Math.min(longestFrameTime - this.#startLength, end - at);
    data.copy(this.#start, this.#startLength, at, at + size);
    this.#startLength += size;
    this.#frameLeft -= size;
    if (this.#startLength === longestFrameTime || this.#frameLeft === 0) {
      const time = readFrameTime(this.#start.subarray(0, this.#startLength));
      this.#time = time?.at ?? Number.NaN;
      this.#keep(this.#start, time?.length ?? 0, this.#startLength);
      this.#startLength = 0;
      this.#isStart = false;
    }
    return at + size;
  }

  #keep(data: Buffer, start: number, end: number): void {
    const skipped = Math.min(this.#skip, end - start);
    this.#skip -= skipped;
    this.#length += data.copy(this.#buffer, this.#length, start + skipped, end);
    for (let from = start + skipped; from < end; ) {
      if (this.#isLineStart) this.#times.push(this.#time);
      const newline = data.subarray(from, end).indexOf(0x0a);
      this.#isLineStart = newline >= 0;
      from = newline < 0 ? end : from + newline + 1;
    }
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  #take(size: number): TimedLines {
    const bytes = Buffer.from(this.#buffer.subarray(0, size));
    this.#buffer.copyWithin(0, size, this.#length);
    this.#length -= size;
    const isCut = size > 0 && bytes[size - 1] !== 0x0a;
    const times = this.#times.splice(0, newlines(bytes) + (isCut ? 1 : 0));
    // The rest of a line that is cut was printed when its beginning was.
    if (isCut && this.#length > 0) this.#times.unshift(times.at(-1) ?? Number.NaN);
    else if (isCut) this.#isLineStart = true;
    return { bytes, times: times.length === 0 || times.some(Number.isNaN) ? undefined : times };
  }
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

/** In bytes: a longer line is split, so that memory stays bounded. */
export const longestLine = 1024 * 1024;

/** The longest prefix of `length` bytes that does not split a UTF-8 character. */
function wholeCharacters(buffer: Buffer, length: number): number {
  for (let back = 1; back <= 4 && back <= length; back += 1) {
    const byte = buffer[length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? length - back : length;
  }
  return length;
}
