import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { mountTemporary } from './temporary-mount.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no byte free. */
  fill(): Promise<void>;
  /** Makes it larger, and removes what `fill` wrote. */
  grow(size: string): Promise<void>;
  dispose(): Promise<void>;
}

/** A real file system of a few kilobytes, in memory. Mounting requires root. */
export async function mountSmallDisk(size: string): Promise<SmallDisk> {
  const { folder, dispose } = await mountTemporary(size);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: async () => {
      const piece = Buffer.alloc(4096);
      for (;;) {
        try {
          await writeFile(filler, piece, { flag: 'a' });
        } catch {
          return;
        }
      }
    },
    grow: async (larger) => {
      await execa('mount', ['-o', `remount,size=${larger}`, folder]);
      await rm(filler, { force: true });
    },
    dispose,
  };
}
