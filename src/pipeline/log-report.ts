import type { PhaseMark } from '../builder/contract.ts';
import { type LogPart, LogParts } from '../builder/log-parts.ts';
import type { PhaseSpan } from '../domain/failure.ts';

export type FailMark = Extract<PhaseMark, { verb: 'fail' }>;

/** What a job's log tells once it is complete. */
export interface LogReport {
  readonly phases: readonly PhaseSpan[];
  readonly fail: FailMark | undefined;
  /** The last lines that were no marks, oldest first; up to the failure where there was one. */
  readonly tail: readonly string[];
}

/** What the docker client prints in numbers and nobody needs: digests of steps, and countdowns of layers. */
const chatter = /^(?:#\d+ sha256:[0-9a-f]{64}|[0-9a-f]{12}: (?:Preparing|Waiting|Retrying in \d+ seconds?))$/;

function isTelling(line: string): boolean {
  return line.trim() !== '' && !chatter.test(line);
}

const tailLines = 20;
const tailCharacters = 16 * 1024;

/** Reads what a job did, and its last words, out of its log. */
export class LogReader {
  readonly #parts = new LogParts();
  #firstUptime: number | undefined;
  #recent = '';
  #fail: FailMark | undefined;
  readonly #spans: PhaseSpan[] = [];

  /** @returns the marks that this chunk holds */
  read(text: string): readonly PhaseMark[] {
    return this.#take(this.#parts.push(text));
  }

  report(): LogReport {
    this.#take(this.#parts.flush());
    const lines = this.#recent.split('\n').filter(isTelling);
    return { phases: this.#spans, fail: this.#fail, tail: lines.slice(-tailLines) };
  }

  #take(parts: readonly LogPart[]): readonly PhaseMark[] {
    const marks: PhaseMark[] = [];
    for (const part of parts) {
      if ('text' in part) this.#remember(part.text);
      else {
        this.#apply(part.mark);
        marks.push(part.mark);
      }
    }
    return marks;
  }

  #apply(mark: PhaseMark): void {
    if (mark.verb === 'again') return this.#forget();
    this.#firstUptime ??= mark.uptime;
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

  /** What a run did that the backend gave up and began anew says nothing of how the job went. */
  #forget(): void {
    this.#firstUptime = undefined;
    this.#recent = '';
    this.#fail = undefined;
    this.#spans.length = 0;
  }

  #remember(text: string): void {
    if (this.#fail === undefined) this.#recent = (this.#recent + text).slice(-tailCharacters);
  }
}
