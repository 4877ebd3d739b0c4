import { detached, type LogPart, LogParts } from '../../builder/log-parts.ts';
import { newlinesBefore } from '../../domain/line-times.ts';
import type { Phase } from '../../domain/phase.ts';
import { storedChunks } from '../../pipeline/logs/stored-log.ts';
import type { BuildStore, LogId } from '../../ports/build-store.ts';
import { type ReadState, textOf } from './read-log.ts';

/** The lines that one phase printed. */
export interface PhaseLines {
  readonly phase: Phase;
  readonly image: string | undefined;
  /** Number of its first line, from 1; of the next phase's where it printed nothing. */
  readonly from: number;
  /** How many lines it printed so far. */
  readonly lines: number;
  /** Undefined while it runs, and where the builder was stopped in it. */
  readonly seconds: number | undefined;
  readonly exitCode: number | undefined;
}

/** A place from which lines can be read. */
export interface IndexedPlace extends ReadState {
  /** How many lines are before it. */
  readonly lines: number;
}

/** Where the lines and phases of a log are, as far as it was read. */
export interface LogOutline {
  readonly lines: number;
  /** Where a stream of the log continues after these lines, in bytes. */
  readonly offset: number;
  readonly phases: readonly PhaseLines[];
  /** When its first line was printed, in milliseconds since the Unix epoch; undefined where that was not stored. */
  readonly firstTime: number | undefined;
}

/** How much of a log is between two places, in bytes: reading one line reads at most this much more. */
const spacing = 256 * 1024;
/** Places within longer lines are left out: the beginning of the line would be kept for each. In characters. */
const longestRest = 4096;
/** Code of the repository may have learnt how to print marks. */
const mostPhases = 1000;

interface OpenPhase extends Omit<PhaseLines, 'lines'> {
  readonly uptime: number;
  /** Number of the line after its last one; undefined while it runs. */
  readonly end: number | undefined;
}

/** Where the lines of one attempt's log are, so that a line in the middle can be read without the text before it. */
export class LogIndex {
  readonly #store: BuildStore;
  readonly #log: LogId;
  #read = new ReadSoFar();
  #reading: Promise<void> | undefined;

  constructor(store: BuildStore, log: LogId) {
    this.#store = store;
    this.#log = log;
  }

  /**
   * What is stored now.
   * @param over whether the log is complete: then a last line without a newline is part of it
   * @throws StoreUnavailable
   */
  async outline(over: boolean): Promise<LogOutline> {
    await this.#readOn();
    return this.#read.outline(over);
  }

  /** The last known place that has at most `lines` lines before it; undefined for the start. */
  placeBefore(lines: number): IndexedPlace | undefined {
    return this.#read.places.findLast((place) => place.lines <= lines);
  }

  /** Callers that wait share a read that begins after their calls: one under way may miss what they know to be stored. */
  async #readOn(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    this.#reading ??= this.#readStored().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #readStored(): Promise<void> {
    const { offset } = await this.#store.logPosition(this.#log);
    // Old logs are removed.
    if (offset < this.#read.offset) this.#read = new ReadSoFar();
    if (offset === this.#read.offset) return;
    for await (const { text, lineTimes } of storedChunks(this.#store, this.#log, this.#read.offset))
      this.#read.add(text, lineTimes);
  }
}

class ReadSoFar {
  readonly places: IndexedPlace[] = [];
  offset = 0;
  readonly #parts = new LogParts();
  #begin = 0;
  #lines = 0;
  #phases: OpenPhase[] = [];
  #firstTime: number | undefined;

  /** Adds the next stored chunk. */
  add(text: string, lineTimes: string | undefined): void {
    const parts = this.#parts.push(text);
    const begin = this.#begin;
    this.offset += Buffer.byteLength(text);
    this.#begin += text.length;
    if (this.#firstTime === undefined && lineTimes !== undefined)
      this.#firstTime = textOf(parts, { text, lineTimes, begin }, this.offset).times()?.[0];
    ({ lines: this.#lines, phases: this.#phases } = counted(parts, this.#lines, this.#phases));
    const isFar = this.offset - (this.places.at(-1)?.offset ?? 0) >= spacing;
    if (!isFar || this.#parts.rest.length > longestRest) return;
    this.places.push({
      offset: this.offset,
      begin: this.#begin,
      parts: this.#parts.copy(),
      lines: this.#lines,
    });
  }

  outline(over: boolean): LogOutline {
    const isCut = over && this.#parts.rest !== '';
    const { lines, phases } = isCut
      ? counted(this.#parts.copy().flush(), this.#lines, [...this.#phases])
      : { lines: this.#lines, phases: this.#phases };
    return {
      lines,
      offset: over ? this.offset + 1 : this.offset,
      phases: phases.map(({ phase, image, from, end, seconds, exitCode }) => {
        const count = (end ?? lines + 1) - from;
        return { phase, image, from, lines: count, seconds, exitCode };
      }),
      firstTime: this.#firstTime,
    };
  }
}

/** Adds the lines and phases of parts of a log to those before. */
function counted(
  parts: readonly LogPart[],
  before: number,
  phases: OpenPhase[],
): { readonly lines: number; readonly phases: OpenPhase[] } {
  let lines = before;
  for (const part of parts) {
    if ('text' in part) {
      lines += newlinesBefore(part.text, part.text.length);
      continue;
    }
    const { mark } = part;
    const last = phases.at(-1);
    const isOpen = last !== undefined && last.end === undefined;
    if (isOpen && (mark.verb === 'begin' || mark.verb === 'again'))
      phases[phases.length - 1] = { ...last, end: lines + 1 };
    if (mark.verb === 'begin' && phases.length < mostPhases) {
      phases.push({
        phase: mark.phase,
        image: mark.image === undefined ? undefined : detached(mark.image),
        from: lines + 1,
        uptime: mark.uptime,
        ...{ end: undefined, seconds: undefined, exitCode: undefined },
      });
    } else if (mark.verb === 'end' && isOpen && last.phase === mark.phase) {
      const seconds = Math.max(0, Math.round((mark.uptime - last.uptime) * 100) / 100);
      phases[phases.length - 1] = { ...last, end: lines + 1, seconds, exitCode: mark.exitCode };
    }
  }
  return { lines, phases };
}

/** How many logs are known: the one read longest ago is forgotten first. */
const mostLogs = 50;

/** The indexes of the logs that were read last. They are made of what is stored, and are in memory alone. */
export class LogIndexes {
  readonly #store: BuildStore;
  readonly #known = new Map<string, LogIndex>();

  constructor(store: BuildStore) {
    this.#store = store;
  }

  of(log: LogId): LogIndex {
    const key = `${log.buildId} ${log.platform} ${String(log.attempt)}`;
    const index = this.#known.get(key) ?? new LogIndex(this.#store, log);
    this.#known.delete(key);
    this.#known.set(key, index);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostLogs && oldest !== undefined) this.#known.delete(oldest);
    return index;
  }
}
