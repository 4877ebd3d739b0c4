import { computed, signal } from '@preact/signals';
import { keepPlace, keptPlace, type LogTarget } from './log-history.ts';
import { formatPlace, type LinePlace } from './log-place.ts';
import { LogRows } from './log-rows.ts';
import { LogSearch } from './log-search.ts';
import type { LogStore } from './log-store.ts';
import { address, navigate } from './router.ts';

/** Of a row, in pixels; the style sheet has it, too. */
export const rowHeight = 20;

/** How many rows the scroll bar reaches at once: browsers draw no element of more than about 17 million pixels. */
export const mostRows = 700_000;

/** Rows are drawn in steps, so that most scroll events draw nothing. */
const stepRows = 16;

/** In milliseconds. */
const keepPause = 200;

export interface LogViewOptions {
  readonly log: LogStore;
  readonly platform: string;
  readonly attempt: number;
  /** Of the log in the API, with a query. */
  readonly path: string;
}

/** What is shown of a log: where it is scrolled to, what is folded, found and chosen. */
export class LogView {
  readonly log: LogStore;
  readonly platform: string;
  readonly attempt: number;
  readonly path: string;
  readonly search: LogSearch;
  readonly errors: LogSearch;
  /** Whether it follows the end of the log. */
  readonly atEnd = signal(true);
  /** How many lines there were when its end was last seen. */
  readonly seen = signal(0);
  /** Index of the line that was jumped to; -1 for none. */
  readonly current = signal(-1);
  /** Indexes of phases. */
  readonly folded = signal<ReadonlySet<number>>(new Set());
  /** The first row that the scroll bar reaches. */
  readonly base = signal(0);
  /** The rows to draw: from the first to before the second. */
  readonly range = signal<readonly [number, number]>([0, 0]);
  /** Rises to have a target reached. */
  readonly round = signal(0);
  readonly rows = computed(() => new LogRows(this.log.count.value, this.log.phases.value, this.folded.value));
  /** How many rows the scroll bar reaches. */
  readonly reached = computed(() => Math.min(mostRows, this.rows.value.length - this.base.value));
  #box: HTMLElement | null = null;
  #target: LogTarget | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #hasErrors = false;
  #keptAtEnd = true;
  /** The last part of the address that was gone to. */
  #reached: string | undefined;

  constructor({ log, platform, attempt, path }: LogViewOptions) {
    this.log = log;
    this.platform = platform;
    this.attempt = attempt;
    this.path = path;
    this.search = new LogSearch(path.replace('?', '/matches?'));
    this.errors = new LogSearch(path.replace('?', '/matches?'));
  }

  /** Begins to read the log. @returns ends it */
  open(): () => void {
    const stop = this.log.watch();
    return () => {
      stop();
      this.search.stop();
      this.errors.stop();
      clearTimeout(this.#keeping);
    };
  }

  readonly mount = (box: HTMLElement | null): void => {
    this.#box = box;
  };

  /**
   * To be called when the rows have their room: scrolls to where they should be, and has the lines there loaded.
   * @param place the lines that the address names
   */
  settle(place: LinePlace | undefined): void {
    const box = this.#box;
    if (box === null || !this.log.isKnown.peek()) return;
    this.#followLink(place);
    const target = this.#target;
    if (target !== undefined && target.line < this.log.count.peek()) {
      const row = this.rows.peek().rowOf(target.line);
      if (!this.#reach(row)) return;
      this.#target = undefined;
      const top = target.top ?? (box.clientHeight - rowHeight) / 2;
      box.scrollTop = (row - this.base.peek()) * rowHeight - top;
    } else if (this.atEnd.peek()) {
      if (!this.#reach(this.rows.peek().length - 1)) return;
      box.scrollTop = box.scrollHeight;
    }
    this.#draw(box);
  }

  /** The box was scrolled, by the user or not. */
  readonly onScroll = (): void => {
    const box = this.#box;
    if (box === null) return;
    const isLast = this.base.peek() + this.reached.peek() === this.rows.peek().length;
    const isEnd = isLast && box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight * 1.5;
    const hasChanged = isEnd !== this.#keptAtEnd;
    if (isEnd || this.atEnd.peek()) this.seen.value = this.log.count.peek();
    this.atEnd.value = isEnd;
    this.#draw(box);
    clearTimeout(this.#keeping);
    // A log that grows is scrolled again and again: whether it is followed must not wait for that to end.
    if (hasChanged) return this.#keep(box);
    const entry = location.href;
    this.#keeping = setTimeout(() => {
      if (entry === location.href) this.#keep(box);
    }, keepPause);
  };

  /** The user turned the wheel: growth must not take the log back to its end before it has moved. */
  readonly onWheel = ({ deltaY }: WheelEvent): void => {
    const box = this.#box;
    if (deltaY >= 0 || !this.atEnd.peek() || box === null || box.scrollHeight <= box.clientHeight) return;
    this.seen.value = this.log.count.peek();
    this.atEnd.value = false;
  };

  toEnd(): void {
    this.atEnd.value = true;
    this.seen.value = this.log.count.peek();
    this.#aim(undefined);
  }

  /** Scrolls to a line as soon as it is there, and unfolds its phase. */
  show(line: number): void {
    this.current.value = line;
    this.#aim({ line });
  }

  /** Goes to the lines of a link once they are printed, unless this entry of the history was left elsewhere. */
  #followLink(place: LinePlace | undefined): void {
    const { hash } = address.peek();
    this.#reached ??= this.#restore() ? hash : '';
    if (place === undefined || this.#reached === hash || this.log.count.peek() < place.from) return;
    this.#reached = hash;
    this.#showPlace(place);
  }

  /** Shows the lines of a link: in the middle, or their beginning where they are more than the box has room for. */
  #showPlace({ from, to }: LinePlace): void {
    const room = Math.floor((this.#box?.clientHeight ?? 0) / rowHeight);
    const isShort = to - from < room - 2;
    this.#aim(isShort ? { line: Math.floor((from + to) / 2) - 1 } : { line: from - 1, top: 2 * rowHeight });
    this.#box?.scrollIntoView({ block: 'center' });
  }

  /** Goes to the next or previous match of the search. */
  readonly step = (by: 1 | -1): void => {
    this.#step(this.search.found.peek(), by);
  };

  /** Goes to the next or previous line that reads like an error. */
  readonly nextError = (by: 1 | -1): void => {
    const hasFailed = this.errors.problem.peek() !== '';
    if (this.#hasErrors && !hasFailed) return this.#step(this.errors.found.peek(), by);
    this.#hasErrors = true;
    this.errors.startErrors(() => this.#step(this.errors.found.peek(), by));
  };

  /** The log has grown. */
  goOn(): void {
    this.search.goOn();
    if (this.#hasErrors) this.errors.goOn();
  }

  /** Chooses a line, or all from the chosen one to it, and puts a link to them into the address. */
  choose(line: number, place: LinePlace | undefined): void {
    const ends = [place?.from ?? line + 1, line + 1];
    const { platform, attempt } = this;
    const hash = formatPlace({ platform, attempt, from: Math.min(...ends), to: Math.max(...ends) });
    // They are in sight already.
    this.#reached = hash;
    navigate(`${location.pathname}${location.search}${hash}`, { replace: true });
  }

  /** Folds a phase, or unfolds it; its heading stays where it is. */
  fold(index: number): void {
    const folded = new Set(this.folded.peek());
    if (!folded.delete(index)) folded.add(index);
    this.#refold(folded);
  }

  /** Folds all phases, or unfolds them where all are folded. */
  readonly foldAll = (): void => {
    this.#refold(new Set(this.isFolded() ? [] : this.log.phases.peek().keys()));
  };

  /** Whether all phases are folded. */
  isFolded(): boolean {
    return this.log.phases.value.length > 0 && this.folded.value.size >= this.log.phases.value.length;
  }

  /** Lets the scroll bar reach other rows of a log that has too many for it. */
  shift(by: 1 | -1): void {
    const box = this.#box;
    if (box === null) return;
    const top = this.base.peek() + Math.floor(box.scrollTop / rowHeight);
    const most = Math.max(0, this.rows.peek().length - mostRows);
    this.base.value = Math.min(most, Math.max(0, this.base.peek() + (by * mostRows) / 2));
    const row = Math.min(this.base.peek() + this.reached.peek() - 1, Math.max(this.base.peek(), top));
    this.#aim({ line: this.rows.peek().lineAt(row), top: 0 });
  }

  /** Takes the place that this entry of the history was left at. @returns whether it has one */
  #restore(): boolean {
    const kept = keptPlace(this.path);
    if (kept === undefined) return false;
    this.folded.value = new Set(kept.folded);
    this.atEnd.value = this.#keptAtEnd = kept.atEnd;
    if (!kept.atEnd) this.#aim(kept, false);
    return true;
  }

  #step(found: readonly number[], by: 1 | -1): void {
    const at = this.current.peek() + 1;
    const next = by > 0 ? found.find((number) => number > at) : found.findLast((number) => number < at);
    const number = next ?? (by > 0 ? found[0] : found.at(-1));
    if (number !== undefined) this.show(number - 1);
  }

  #aim(target: LogTarget | undefined, unfolds = true): void {
    this.#target = target;
    if (target !== undefined) {
      if (this.atEnd.peek()) this.seen.value = this.log.count.peek();
      this.atEnd.value = false;
      const phase = unfolds ? this.rows.peek().phaseOf(target.line) : undefined;
      if (phase !== undefined && this.folded.peek().has(phase))
        this.folded.value = new Set([...this.folded.peek()].filter((each) => each !== phase));
    }
    this.round.value = this.round.peek() + 1;
  }

  /** The row at the top stays at the top. */
  #refold(folded: ReadonlySet<number>): void {
    const box = this.#box;
    const place = this.atEnd.peek() || box === null ? undefined : this.#topOf(box);
    this.folded.value = folded;
    if (place !== undefined) this.#aim(place, false);
    if (box !== null) this.#keep(box);
  }

  /** Has the scroll bar reach a row. @returns false where the rows must be drawn again before */
  #reach(row: number): boolean {
    const base = this.base.peek();
    const most = Math.max(0, this.rows.peek().length - mostRows);
    const isReached = row >= base && row < base + mostRows && base <= most;
    if (isReached) return true;
    this.base.value = Math.min(most, Math.max(0, row - mostRows / 2));
    return false;
  }

  #draw(box: HTMLElement): void {
    const first = this.base.peek() + Math.floor(box.scrollTop / rowHeight);
    const shown = Math.ceil(box.clientHeight / rowHeight) + 1;
    const from = Math.max(this.base.peek(), (Math.floor(first / stepRows) - 1) * stepRows);
    const to = Math.min(this.base.peek() + this.reached.peek(), (Math.ceil((first + shown) / stepRows) + 1) * stepRows);
    const [before, after] = this.range.peek();
    if (before !== from || after !== to) this.range.value = [from, to];
    const rows = Array.from({ length: shown }, (_, at) => this.rows.peek().at(first + at));
    const lines = rows.flatMap((row) => (row?.kind === 'line' ? [row.line] : []));
    if (lines.length > 0) this.log.pages.want(lines, this.log.count.peek());
  }

  #topOf(box: HTMLElement): LogTarget {
    const row = this.base.peek() + Math.floor(box.scrollTop / rowHeight);
    return { line: this.rows.peek().lineAt(row), top: -(box.scrollTop % rowHeight) };
  }

  #keep(box: HTMLElement): void {
    this.#keptAtEnd = this.atEnd.peek();
    keepPlace(this.path, { ...this.#topOf(box), atEnd: this.atEnd.peek(), folded: [...this.folded.peek()] });
  }
}
