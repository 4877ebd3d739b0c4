import { existsSync, mkdirSync } from 'node:fs';
import type { Part } from '../part.ts';

/** The folder that jobs keep their checkouts in. On AWS the engine creates it; the emulator mounts only existing ones. */
export const buildFolderPart: Part = {
  name: 'build folder',
  needs: [],

  async check({ paths }) {
    return existsSync(paths.buildsFolder) ? undefined : 'missing';
  },

  async start({ paths }) {
    mkdirSync(paths.buildsFolder, { recursive: true, mode: 0o755 });
  },
};
