import { signal } from '@preact/signals';
import { asApiError, type LogMatches } from './api.ts';
import { request } from './session.ts';

/** In milliseconds. */
const typingPause = 150;
const growthPause = 1000;
/** A log in which more lines match is not searched further. */
export const mostMatches = 100_000;

/** A search of the service over one whole log, whether the browser has loaded it or not. */
export class LogSearch {
  /** Numbers of the lines that were found, from 1, ascending. */
  readonly found = signal<readonly number[]>([]);
  readonly running = signal(false);
  /** Why the search failed: a regular expression that is none, or a service that did not answer. */
  readonly problem = signal('');
  readonly #path: string;
  #query = '';
  #next = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;
  /** Whether a search of what has been added is due. */
  #waits = false;
  /** Whether there is nothing more to search: a log that does not grow any more, or too many matches. */
  #isOver = false;
  /** How often the log has grown. */
  #growth = 0;
  /** Whether the service refused the search itself: it would again. */
  #isRefused = false;
  #stop = new AbortController();

  /** @param path of the matches of an attempt, with a query */
  constructor(path: string) {
    this.#path = path;
  }

  /** Searches for something else; nothing where it is empty. `done` is called at the first match, or when there is none. */
  start(text: string, regex: boolean, done: () => void): void {
    const query = text === '' ? '' : `&search=${encodeURIComponent(text)}&regex=${String(regex)}`;
    this.#begin(query, typingPause, done);
  }

  /** Searches for lines that read like errors. */
  startErrors(done: () => void): void {
    this.#begin('&errors=true', 0, done);
  }

  #begin(query: string, pause: number, done: () => void): void {
    this.stop();
    this.#next = 1;
    this.#waits = false;
    this.#isOver = false;
    this.#isRefused = false;
    this.found.value = [];
    this.#query = query;
    this.problem.value = '';
    this.running.value = query !== '';
    if (query !== '') this.#timer = setTimeout(() => void this.#search(this.#round, done), pause);
  }

  /** The log has grown. */
  goOn(): void {
    // Without `peek`, an effect that calls this would run again at the end of every search.
    this.#growth += 1;
    if (this.#query === '' || this.running.peek() || this.#waits || this.#isOver || this.#isRefused) return;
    this.#waits = true;
    this.#timer = setTimeout(() => void this.#search(this.#round), growthPause);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  async #search(round: number, done?: () => void): Promise<void> {
    const growth = this.#growth;
    const { signal: stop } = this.#stop;
    let isFirst = true;
    try {
      for (let more = true; more; ) {
        const page = await request<LogMatches>(`${this.#path}${this.#query}&from=${String(this.#next)}`, {
          signal: stop,
        });
        if (round !== this.#round) return;
        const before = this.#next === 1 ? [] : this.found.value;
        this.found.value = [...before, ...page.numbers];
        this.#next = page.next;
        more = page.more && this.found.value.length < mostMatches;
        this.#isOver = !more && (page.complete || page.more);
        if (!isFirst || (more && this.found.value.length === 0)) continue;
        isFirst = false;
        this.problem.value = '';
        done?.();
      }
    } catch (error) {
      if (round !== this.#round) return;
      const { status, message } = asApiError(error);
      this.#isRefused = status === 400;
      this.problem.value = message;
    }
    this.running.value = false;
    this.#waits = false;
    if (growth !== this.#growth) this.goOn();
  }
}
