import { appendFileSync, readFileSync } from 'node:fs';

/** One change that the lab made to the machine, outside its own folder. */
export type Change =
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  /** A file or folder that was not there before. */
  | { readonly kind: 'file'; readonly path: string }
  /** A folder that was not there before, and that others may put things into. */
  | { readonly kind: 'shared-folder'; readonly path: string }
  | { readonly kind: 'host-name'; readonly file: string; readonly name: string; readonly address: string }
  | { readonly kind: 'process'; readonly name: string; readonly pidFile: string }
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'binfmt'; readonly name: string }
  | { readonly kind: 'engine-network'; readonly before: EngineNetwork }
  | { readonly kind: 'image'; readonly host: string; readonly reference: string };

/** What an engine changes in the network of its host, as it was before. */
export interface EngineNetwork {
  readonly bridgeExisted: boolean;
  readonly dockerChainsExisted: boolean;
  readonly ipForward: string;
  readonly forwardPolicy: string;
}

/**
 * The record of what must be reverted. A change is written down before it is made, so that a crash leaves at
 * worst a note of something that never happened; reverting that does nothing.
 */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  record(change: Change): void {
    const known = this.changes().some((other) => JSON.stringify(other) === JSON.stringify(change));
    // The first newline ends a line that a crash cut short.
    if (!known) appendFileSync(this.#file, `\n${JSON.stringify(change)}\n`);
  }

  /** In the order in which they were made. */
  changes(): readonly Change[] {
    const lines = this.#read().split('\n');
    // Half a line, left by a crash, stands for a change that was not made yet.
    return lines.flatMap((line) => parseLine(line));
  }

  has<K extends Change['kind']>(kind: K): boolean {
    return this.changes().some((change) => change.kind === kind);
  }

  #read(): string {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch {
      return '';
    }
  }
}

function parseLine(line: string): readonly Change[] {
  try {
    return [JSON.parse(line) as Change];
  } catch {
    return [];
  }
}
