import { signal } from '@preact/signals';
import { follow } from './stream.ts';

const errorLine = /\b(?:error|fatal|failed|failure|panic|exception|traceback|cannot|not found|denied)\b/i;

/** What the stream of a log sends: whole lines, and when they were printed, each since the line before. */
interface LogText {
  readonly text: string;
  readonly next: number;
  readonly times?: readonly number[];
}

/** The lines of one attempt's log, kept up to date while someone watches. */
export class LogStore {
  /** Complete lines; grows in place, and `version` with it. */
  readonly lines: string[] = [];
  /** When each line was printed, in milliseconds since the Unix epoch; NaN where that was not stored. */
  readonly times: number[] = [];
  /** The first of `times` that is known. */
  firstTime = Number.NaN;
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
        on: { log: (data) => this.#take(data as LogText) },
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

  #take({ text, next, times }: LogText): void {
    this.#next = next;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    let at = times === undefined ? Number.NaN : 0;
    for (const [index, line] of lines.entries()) {
      this.lines.push(line);
      this.times.push((at += times?.[index] ?? Number.NaN));
    }
    if (Number.isNaN(this.firstTime)) this.firstTime = times?.[0] ?? Number.NaN;
    this.version.value += 1;
  }

  /** Index of the next line that reads like an error, after or before `from` and around; undefined if there is none. */
  nextError(from: number, by: 1 | -1 = 1): number | undefined {
    const count = this.lines.length;
    const start = from < 0 && by < 0 ? count : from;
    for (let step = 1; step <= count; step += 1) {
      const index = (start + by * step + 2 * count) % count;
      if (errorLine.test(this.lines[index] ?? '')) return index;
    }
    return undefined;
  }
}
