import type { PhaseMark } from '../../builder/contract.ts';
import { type LogPart, LogParts } from '../../builder/log-parts.ts';
import type { BaseImage } from '../../domain/base-image.ts';
import type { PhaseSpan } from '../../domain/failure.ts';
import type { ProgramFinding } from '../../domain/image-content.ts';

/** The builder's own statement of why the job failed; at most one per run. */
export type FailMark = Extract<PhaseMark, { verb: 'fail' }>;

/** What a job's log contains. */
export interface LogReport {
  readonly phases: readonly PhaseSpan[];
  readonly fail: FailMark | undefined;
  /** The last lines that are not marks, oldest first; up to the failure if there was one. */
  readonly tail: readonly string[];
  /** Those of them that the last phase printed. */
  readonly phaseTail: readonly string[];
  /** The highest report version that a run of the job announced; undefined when the log has no first line. */
  readonly reportVersion: number | undefined;
  /** Digest of each image that the job reports as pushed, by image name. */
  readonly pushed: ReadonlyMap<string, string>;
  /** The bases that the job reports for each image, by image name, in the order of the references. */
  readonly bases: ReadonlyMap<string, readonly BaseImage[]>;
  /** What the job found of the programs in each image, by image name. */
  readonly programs: ReadonlyMap<string, ProgramFinding>;
}

/** Progress output of the docker client that explains nothing: digests of steps, and countdowns of layers. */
const chatter = /^(?:#\d+ sha256:[0-9a-f]{64}|[0-9a-f]{12}: (?:Preparing|Waiting|Retrying in \d+ seconds?))$/;

function isInformative(line: string): boolean {
  return line.trim() !== '' && !chatter.test(line);
}

function lastLines(text: string): readonly string[] {
  return text.split('\n').filter(isInformative).slice(-tailLines);
}

const tailLines = 20;
const tailCharacters = 16 * 1024;

/** Extracts a job's phases, marks and last output from its log. */
export class LogReader {
  readonly #parts = new LogParts();
  #firstUptime: number | undefined;
  #recent = '';
  #recentOfPhase = '';
  #fail: FailMark | undefined;
  #version: number | undefined;
  /** Later, code of the repository may have learnt the nonce. */
  #expectsCommit = true;
  readonly #pushed = new Map<string, string>();
  readonly #bases = new Map<string, readonly BaseImage[]>();
  readonly #programs = new Map<string, ProgramFinding>();
  readonly #spans: PhaseSpan[] = [];

  /** @returns the marks in this chunk */
  read(text: string): readonly PhaseMark[] {
    return this.#take(this.#parts.push(text));
  }

  report(): LogReport {
    this.#take(this.#parts.flush());
    return {
      phases: this.#spans,
      fail: this.#fail,
      tail: lastLines(this.#recent),
      phaseTail: lastLines(this.#recentOfPhase),
      reportVersion: this.#version,
      pushed: this.#pushed,
      bases: this.#bases,
      programs: this.#programs,
    };
  }

  #take(parts: readonly LogPart[]): readonly PhaseMark[] {
    const marks: PhaseMark[] = [];
    for (const part of parts) {
      if ('text' in part) this.#remember(part.text);
      else if (part.mark.verb !== 'commit' || this.#expectsCommit) {
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
    if (mark.verb === 'commit' || (mark.verb === 'end' && mark.phase === 'checkout')) this.#expectsCommit = false;
    if (mark.verb === 'hello') this.#version = Math.max(mark.contract, this.#version ?? 0);
    if (mark.verb === 'pushed') this.#pushed.set(mark.image, mark.digest);
    if (mark.verb === 'begin' && mark.phase !== 'cleanup' && this.#fail === undefined) this.#recentOfPhase = '';
    if (mark.verb === 'base') this.#addBase(mark);
    if (mark.verb === 'cache') this.#addCache(mark);
    if (mark.verb === 'programs') this.#programs.set(mark.image, mark.finding);
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

  /** Discards a run that the backend gave up and restarted. */
  #forget(): void {
    this.#firstUptime = undefined;
    this.#recent = '';
    this.#recentOfPhase = '';
    this.#fail = undefined;
    this.#pushed.clear();
    this.#bases.clear();
    this.#programs.clear();
    this.#spans.length = 0;
  }

  #addCache({ image, outcome, cached, steps }: Extract<PhaseMark, { verb: 'cache' }>): void {
    const index = this.#spans.findLastIndex((span) => span.phase === 'build' && span.image === image);
    const span = this.#spans[index];
    if (span !== undefined) this.#spans[index] = { ...span, cache: { outcome, cached, steps } };
  }

  #addBase({ image, reference, digest }: Extract<PhaseMark, { verb: 'base' }>): void {
    const others = (this.#bases.get(image) ?? []).filter((base) => base.reference !== reference);
    this.#bases.set(image, [...others, { reference, digest }]);
  }

  #remember(text: string): void {
    if (this.#fail !== undefined) return;
    this.#recent = (this.#recent + text).slice(-tailCharacters);
    this.#recentOfPhase = (this.#recentOfPhase + text).slice(-tailCharacters);
  }
}
