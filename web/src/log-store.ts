import { signal } from '@preact/signals';
import { asApiError, type LogLines, type LogOutline, type LogPhase } from './api.ts';
import { longestLine, plainText } from './log-line.ts';
import { keptLine, LogPages } from './log-pages.ts';
import { request } from './session.ts';
import { follow } from './stream.ts';

/** What the stream of a log sends: whole lines, and when they were printed, each since the line before. */
interface LogText {
  readonly text: string;
  readonly next: number;
  readonly times?: readonly number[];
}

/** In milliseconds. */
const pause = 1500;
/** How many lines the service returns at once. */
const linesAtOnce = 10_000;
/** What a clipboard takes: more is downloaded. */
export const mostCopied = { lines: 100_000, characters: 32_000_000 } as const;

/** The log of one attempt: how many lines it has, its phases, and those lines that are shown. Kept up to date while it is watched. */
export class LogStore {
  /** How many lines it has so far. */
  readonly count = signal(0);
  readonly phases = signal<readonly LogPhase[]>([]);
  /** Whether it was read once. */
  readonly isKnown = signal(false);
  /** Whether it does not grow any more. */
  readonly ended = signal(false);
  /** Why it cannot be read. */
  readonly problem = signal('');
  /** When the first line was printed, in milliseconds since the Unix epoch; NaN where that was not stored. */
  firstTime = Number.NaN;
  readonly pages: LogPages;
  readonly #path: string;
  readonly #query: string;
  #offset = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopStream: (() => void) | undefined;
  #isOver = false;
  #outlines = 0;

  /** @param path of the log of an attempt, with a query */
  constructor(path: string) {
    [this.#path = '', this.#query = ''] = path.split('?');
    this.pages = new LogPages(
      async (from, limit) => {
        const words = `&from=${String(from + 1)}&limit=${String(limit)}&width=${String(longestLine)}`;
        const { lines } = await request<LogLines>(`${this.#path}/lines?${this.#query}${words}`);
        this.problem.value = '';
        return lines.map(({ text, time, cut }) => keptLine(text, time === null ? Number.NaN : Date.parse(time), cut));
      },
      (error) => this.#report(error),
    );
  }

  /** @returns stops watching, for good */
  watch(): () => void {
    void this.#open();
    return () => {
      this.#isOver = true;
      clearTimeout(this.#timer);
      this.#stopStream?.();
      this.pages.stop();
    };
  }

  /** Reads again which phase printed what. */
  async refresh(): Promise<void> {
    if (!this.isKnown.value) return;
    const round = (this.#outlines += 1);
    const outline = await this.#outline().catch(() => undefined);
    if (outline === undefined || round !== this.#outlines || this.#isOver) return;
    this.phases.value = outline.phases;
    if (this.ended.value) this.count.value = Math.max(this.count.value, outline.lines);
  }

  /** Whole lines, from number `from` to `to`, as text for the clipboard. @throws Error when they are too many */
  async text(from: number, to: number): Promise<string> {
    if (to - from >= mostCopied.lines) throw tooLong;
    const texts: string[] = [];
    let characters = 0;
    for (let next = from; next <= to; ) {
      const limit = Math.min(linesAtOnce, to - next + 1);
      const words = `&from=${String(next)}&limit=${String(limit)}`;
      const page = await request<LogLines>(`${this.#path}/lines?${this.#query}${words}`);
      for (const { text } of page.lines) {
        texts.push(text);
        characters += text.length;
      }
      if (characters > mostCopied.characters) throw tooLong;
      if (page.lines.length === 0) break;
      next = page.next;
    }
    return plainText(texts);
  }

  async #outline(): Promise<LogOutline> {
    return request<LogOutline>(`${this.#path}/outline?${this.#query}`);
  }

  async #open(): Promise<void> {
    try {
      const outline = await this.#outline();
      if (this.#isOver) return;
      this.phases.value = outline.phases;
      this.count.value = outline.lines;
      this.firstTime = outline.firstTime === null ? Number.NaN : Date.parse(outline.firstTime);
      this.#offset = outline.offset;
      this.problem.value = '';
      this.ended.value = outline.complete;
      this.isKnown.value = true;
      if (!outline.complete) this.#follow();
    } catch (error) {
      if (this.#isOver) return;
      this.#report(error);
      this.#timer = setTimeout(() => void this.#open(), pause);
    }
  }

  #follow(): void {
    this.#stopStream = follow({
      url: () => `${this.#path}?${this.#query}&offset=${String(this.#offset)}`,
      on: { log: (data) => this.#take(data as LogText) },
      ended: () => {
        this.ended.value = true;
        void this.refresh();
      },
    });
  }

  #take({ text, next, times }: LogText): void {
    this.#offset = next;
    let at = times === undefined ? Number.NaN : 0;
    const lines = text.split('\n').slice(0, -1);
    const kept = lines.map((line, index) => keptLine(line, (at += times?.[index] ?? Number.NaN)));
    if (Number.isNaN(this.firstTime)) this.firstTime = times?.[0] ?? Number.NaN;
    this.pages.append(this.count.value, kept);
    this.count.value += kept.length;
  }

  /** The shell reports a service that does not answer. */
  #report(error: unknown): void {
    const { status, message } = asApiError(error);
    if (status !== 0 && status !== 503) this.problem.value = message;
  }
}

const tooLong = new Error('These are too many lines for the clipboard: choose fewer, or download them.');
