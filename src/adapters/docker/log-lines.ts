/**
 * Demultiplexes docker's log stream: frames of an 8-byte header (stream, three zeros, length as 32-bit big-endian) and
 * that many bytes
 * (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
 * Stdout and stderr are merged in the engine's order, and returned in whole lines.
 */
export class LogLines {
  #buffer = Buffer.allocUnsafe(128 * 1024);
  #length = 0;
  #skip: number;
  readonly #header = Buffer.alloc(8);
  #headerLength = 0;
  #frameLeft = 0;

  /** @param skip how many bytes of output to drop first, because an earlier reader had them */
  constructor(skip: number) {
    this.#skip = skip;
  }

  /** How many bytes are buffered. */
  get length(): number {
    return this.#length;
  }

  add(data: Buffer): void {
    this.#reserve(data.length);
    let at = 0;
    while (at < data.length) {
      if (this.#frameLeft === 0) {
        at = this.#readHeader(data, at);
        continue;
      }
      const end = Math.min(at + this.#frameLeft, data.length);
      this.#frameLeft -= end - at;
      this.#keep(data, at, end);
      at = end;
    }
  }

  /** All complete lines; a line beyond `longestLine` is returned in pieces, so that memory stays bounded. */
  takeLines(): Buffer {
    const newline = this.#length === 0 ? -1 : this.#buffer.lastIndexOf(0x0a, this.#length - 1);
    if (newline >= 0) return this.#take(newline + 1);
    return this.#length > longestLine ? this.#take(wholeCharacters(this.#buffer, this.#length)) : Buffer.alloc(0);
  }

  /** Everything, including an incomplete last line. */
  takeAll(): Buffer {
    return this.#take(this.#length);
  }

  #readHeader(data: Buffer, at: number): number {
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

  #keep(data: Buffer, start: number, end: number): void {
    const skipped = Math.min(this.#skip, end - start);
    this.#skip -= skipped;
    this.#length += data.copy(this.#buffer, this.#length, start + skipped, end);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  #take(size: number): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, size));
    this.#buffer.copyWithin(0, size, this.#length);
    this.#length -= size;
    return taken;
  }
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
