/** A file with the header of a program for that machine, sufficient for any tool that only reads it. */
export function elfProgram(machine: 'x86-64' | 'AArch64' | 'i386' | 's390'): Buffer {
  const isBig = machine === 's390';
  const header = Buffer.alloc(128);
  header.write('\x7fELF', 'latin1');
  header.set([machine === 'i386' ? 1 : 2, isBig ? 2 : 1, 1], 4);
  const put = (value: number, at: number): number =>
    isBig ? header.writeUInt16BE(value, at) : header.writeUInt16LE(value, at);
  put(2, 16);
  put({ 'x86-64': 62, AArch64: 183, i386: 3, s390: 22 }[machine], 18);
  return header;
}
