import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';

/** The git server logs a request only after its connection is finished. */
const quietMilliseconds = 500;

/** The bytes that the lab's git server sent of one repository, from its access log. */
export class GitTraffic {
  readonly #log: string;
  readonly #path: string;

  constructor(lab: Lab, repository: string) {
    this.#log = lab.git.accessLog;
    this.#path = `/${repository}.git/`;
  }

  /** The current end of the log. */
  mark(): number {
    return statSync(this.#log).size;
  }

  /** Bytes sent since then, once no more lines are logged. */
  async bytesSince(mark: number): Promise<number> {
    for (let seen = -1; seen !== this.#linesSince(mark).length; await sleep(quietMilliseconds)) {
      seen = this.#linesSince(mark).length;
    }
    return this.#linesSince(mark).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  #linesSince(mark: number): readonly string[] {
    const lines = readFrom(this.#log, mark).split('\n');
    return lines.filter((line) => line.split(' ')[2]?.startsWith(this.#path));
  }
}

function readFrom(file: string, offset: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, statSync(file).size - offset));
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(descriptor);
  }
}
