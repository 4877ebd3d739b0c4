import { appendFileSync, readFileSync } from 'node:fs';

/** One change that the lab made to the machine, outside its own folder. */
export type Change =
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  /** A new file or folder. */
  | { readonly kind: 'file'; readonly path: string }
  /** A new folder that others may put things into. */
  | { readonly kind: 'shared-folder'; readonly path: string }
  | { readonly kind: 'host-name'; readonly file: string; readonly name: string; readonly address: string }
  | { readonly kind: 'process'; readonly name: string; readonly pidFile: string }
  | { readonly kind: 'mount'; readonly path: string }
  /** The bridge of the newest engine, with its packet filter rules. */
  | { readonly kind: 'newest-bridge' }
  | { readonly kind: 'binfmt'; readonly name: string }
  | { readonly kind: 'engine-network'; readonly before: EngineNetwork }
  | { readonly kind: 'image'; readonly host: string; readonly reference: string };

/** What an engine changes in its host's network, in the state before. */
export interface EngineNetwork {
  readonly bridgeExisted: boolean;
  readonly dockerChainsExisted: boolean;
  readonly ipForward: string;
  readonly forwardPolicy: string;
}

/**
 * The record of what must be reverted. A change is recorded before it is made, so that a crash leaves at worst an entry
 * for a change that was never made; reverting that does nothing.
 */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  record(change: Change): void {
    const known = this.changes().some((other) => JSON.stringify(other) === JSON.stringify(change));
    // The leading newline ends a line that a crash cut short.
    if (!known) appendFileSync(this.#file, `\n${JSON.stringify(change)}\n`);
  }

  /** In the order in which they were made. */
  changes(): readonly Change[] {
    const lines = this.#read().split('\n');
    // A partial line, left by a crash, belongs to a change that was not made yet.
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
