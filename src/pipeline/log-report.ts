import { type PhaseMark, markPrefix } from '../builder/contract.ts';
import { parsePhaseMark } from '../builder/phase-marks.ts';
import type { PhaseSpan } from '../domain/failure.ts';

export type FailMark = Extract<PhaseMark, { verb: 'fail' }>;

/** What a job's log tells once it is complete. */
export interface LogReport {
  readonly phases: readonly PhaseSpan[];
  readonly fail: FailMark | undefined;
  /** The last lines that were no marks, oldest first; up to the failure where there was one. */
  readonly tail: readonly string[];
}

/** BuildKit of docker 20.10 prints the digest of every step it takes, which crowds out what matters. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !/^#\d+ sha256:[0-9a-f]{64}$/.test(line);
}

const tailLines = 20;
const tailCharacters = 16 * 1024;

/**
 * Reads the phase marks out of a log that comes in chunks of whole lines. Cheap where there are none: a chunk without
 * a mark is not split into lines.
 */
export class LogReader {
  #nonce: string | undefined;
  #firstUptime = 0;
  #recent = '';
  #fail: FailMark | undefined;
  readonly #spans: PhaseSpan[] = [];

  /** @returns the marks that this chunk holds */
  read(text: string): readonly PhaseMark[] {
    if (!text.includes(markPrefix)) {
      this.#remember(text);
      return [];
    }
    const marks: PhaseMark[] = [];
    for (const line of text.split('\n')) {
      const mark = this.#markOf(line);
      if (mark === undefined) this.#remember(`${line}\n`);
      else {
        this.#apply(mark);
        marks.push(mark);
      }
    }
    return marks;
  }

  report(): LogReport {
    const lines = this.#recent.split('\n').filter(isTelling);
    return { phases: this.#spans, fail: this.#fail, tail: lines.slice(-tailLines) };
  }

  /** Only the first line of a job may introduce a nonce: that is what keeps the repository's code from forging marks. */
  #markOf(line: string): PhaseMark | undefined {
    const mark = parsePhaseMark(line, this.#nonce);
    if (mark === undefined) return undefined;
    if (this.#nonce === undefined) {
      if (mark.verb !== 'hello') return undefined;
      this.#nonce = line.split(' ')[1];
      this.#firstUptime = mark.uptime;
    }
    return mark;
  }

  #apply(mark: PhaseMark): void {
    const at = Math.max(0, Math.round((mark.uptime - this.#firstUptime) * 100) / 100);
    if (mark.verb === 'begin') this.#spans.push({ phase: mark.phase, image: mark.image, startSeconds: at });
    if (mark.verb === 'fail') this.#fail ??= mark;
    if (mark.verb !== 'end') return;
    const index = this.#spans.findLastIndex(
      (span) => span.phase === mark.phase && span.image === mark.image && span.seconds === undefined,
    );
    const span = this.#spans[index];
    if (span === undefined) return;
    const seconds = Math.round((at - span.startSeconds) * 100) / 100;
    this.#spans[index] = { ...span, seconds, exitCode: mark.exitCode };
  }

  #remember(text: string): void {
    if (this.#fail === undefined) this.#recent = (this.#recent + text).slice(-tailCharacters);
  }
}
