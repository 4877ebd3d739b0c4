import type { Platform } from '../../domain/platform.ts';

/** The program's exit code, which nothing else in running it uses. */
export const staticProgramExitCode = 42;

/** `exit(42)`, for each processor. */
const programs: Readonly<Record<Platform, { readonly machine: number; readonly code: readonly number[] }>> = {
  // mov x0, #42; mov x8, #93; svc #0
  'linux/arm64': { machine: 0xb7, code: [0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4] },
  // mov eax, 60; mov edi, 42; syscall
  'linux/amd64': { machine: 0x3e, code: [0xb8, 0x3c, 0x00, 0x00, 0x00, 0xbf, 0x2a, 0x00, 0x00, 0x00, 0x0f, 0x05] },
};

const loadAddress = 0x400000n;
const headerSize = 64;
const segmentSize = 56;

/**
 * The smallest static program of a platform, 132 bytes of ELF
 * (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html). It is generated, so that a platform can be tested
 * without pulling one of its images.
 */
export function staticProgram(platform: Platform): Buffer {
  const { machine, code } = programs[platform];
  const start = headerSize + segmentSize;
  const size = BigInt(start + code.length);
  const file = Buffer.alloc(Number(size));

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian
  file.writeUInt16LE(2, 16); // executable at a fixed address
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(start), 24); // entry
  file.writeBigUInt64LE(BigInt(headerSize), 32); // offset of the program headers
  file.writeUInt16LE(headerSize, 52);
  file.writeUInt16LE(segmentSize, 54);
  file.writeUInt16LE(1, 56);

  const segment = file.subarray(headerSize);
  segment.writeUInt32LE(1, 0); // PT_LOAD
  segment.writeUInt32LE(5, 4); // readable, executable
  segment.writeBigUInt64LE(loadAddress, 16);
  segment.writeBigUInt64LE(loadAddress, 24);
  segment.writeBigUInt64LE(size, 32);
  segment.writeBigUInt64LE(size, 40);
  segment.writeBigUInt64LE(0x10000n, 48); // the largest page size of either processor

  file.set(code, start);
  return file;
}
