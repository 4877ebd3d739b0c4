import { signal } from '@preact/signals';
import { follow } from './stream.ts';

const errorLine = /\b(?:error|fatal|failed|failure|panic|exception|traceback|cannot|not found|denied)\b/i;

/** The lines of one attempt's log, kept up to date while someone watches. */
export class LogStore {
  /** Complete lines; grows in place, and `version` with it. */
  readonly lines: string[] = [];
  readonly version = signal(0);
  readonly ended = signal(false);
  #rest = '';
  #next = 0;
  #watchers = 0;
  #stop: (() => void) | undefined;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns stops watching */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1 && !this.ended.value)
      this.#stop = follow({
        url: () => `${this.#path}&offset=${String(this.#next)}`,
        on: { log: (data) => this.#take(data as { text: string; next: number }) },
        ended: () => {
          if (this.#rest !== '') this.lines.push(this.#rest);
          this.#rest = '';
          this.ended.value = true;
          this.version.value += 1;
        },
      });
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#stop?.();
    };
  }

  #take({ text, next }: { readonly text: string; readonly next: number }): void {
    this.#next = next;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.lines.push(line);
    this.version.value += 1;
  }

  /** Indexes of the lines that contain the text, whatever its case. */
  search(text: string): readonly number[] {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    for (const [index, line] of this.lines.entries()) if (line.toLowerCase().includes(wanted)) found.push(index);
    return found;
  }

  /** Index of the next line that reads like an error, from `after` on and around; undefined if there is none. */
  nextError(after: number): number | undefined {
    const count = this.lines.length;
    for (let step = 1; step <= count; step += 1) {
      const index = (after + step) % count;
      if (errorLine.test(this.lines[index] ?? '')) return index;
    }
    return undefined;
  }
}
