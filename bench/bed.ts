import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRepository, type FileContent, type Lab } from '../lab/lab.ts';
import { unmountBelow } from '../lab/unmount.ts';
import { quantity } from './quantities.ts';
import type { Unit } from './results.ts';

/** The program under test: the output of `npm run build`, or another build of it. */
export const program =
  process.env['TWINHULL_TEST_MAIN'] ?? fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** The resources of one measure. Each registers its own cleanup, which `dispose` runs in every case. */
export class Bed {
  readonly lab: Lab;
  readonly folder: string;
  /** A unique name: for repositories, containers, destinations. */
  readonly name = `bench-${randomBytes(4).toString('hex')}`;
  readonly #measure: string;
  readonly #undo: (() => unknown)[] = [];
  #folders = 0;
  #repositories = 0;

  constructor(lab: Lab, measure: string) {
    this.lab = lab;
    this.#measure = measure;
    this.folder = mkdtempSync(join(tmpdir(), 'twinhull-bench-'));
    this.defer(async () => {
      // An interrupted measure continues for a moment, and may mount an engine's storage.
      await unmountBelow(this.folder);
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Registers a cleanup; they run in reverse order. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  newFolder(): string {
    this.#folders += 1;
    const folder = join(this.folder, String(this.#folders));
    mkdirSync(folder);
    return folder;
  }

  /** A private repository on the lab's git server, with a first commit on `main`. */
  async repository(files: Readonly<Record<string, FileContent>>) {
    this.#repositories += 1;
    const created = await createRepository(this.lab, `${this.name}-${String(this.#repositories)}`, files);
    this.defer(() => created.repository.remove());
    return created;
  }

  say(text: string): void {
    process.stderr.write(`${this.#measure}: ${text}\n`);
  }

  /** An `onSample` for `interleave`. */
  saySample(unit: Unit): (label: string, round: number, sample: number) => void {
    return (label, round, sample) => this.say(`${String(round)}. ${label}: ${quantity(sample, unit)}`);
  }

  async dispose(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        this.say(`could not clean up: ${String(error)}`);
      }
    }
  }
}
