import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { PhaseMark } from '../../builder/contract.ts';
import { LogParts } from '../../builder/log-parts.ts';
import type { BuildEventType } from '../../domain/build-event.ts';
import { type Platform, platformSuffix } from '../../domain/platform.ts';
import type { FollowItem } from '../../pipeline/follow.ts';
import type { BuildRenderer } from './build-renderer.ts';
import type { Display } from './display.ts';
import { cacheSentence, eventSentence, phaseBegins, phaseEnds, restartSentence } from './event-sentence.ts';
import { safeLine, safeText } from './safe-text.ts';

/** The stream is written in pieces of about this many characters. */
const pieceLength = 64 * 1024;

/** Events that also appear as marks in the log, at their exact position. */
const shownByLog: ReadonlySet<BuildEventType> = new Set(['job.phase', 'job.note', 'job.cache', 'job.restarted']);

/** Where lines are printed, and with which colours and symbols. */
interface PlainRendererOptions {
  readonly stream: Writable;
  readonly display: Display;
}

interface Log {
  readonly attempt: number;
  readonly parts: LogParts;
  readonly stopwatch: PhaseStopwatch;
}

/**
 * One line per item: `arm64 | text` of a log, `arm64 * build task begins` of a job, `build * published`. Phases and
 * notes come from the marks in the log, which have their exact position among the lines.
 */
export class PlainRenderer implements BuildRenderer {
  readonly #stream: Writable;
  readonly #display: Display;
  readonly #logs = new Map<Platform, Log>();
  #pending = '';
  #flushing: NodeJS.Immediate | undefined;

  constructor({ stream, display }: PlainRendererOptions) {
    this.#stream = stream;
    this.#display = display;
  }

  item(item: FollowItem): void | Promise<void> {
    if (item.kind === 'log') this.#log(item);
    else this.#event(item);
    if (this.#pending.length >= pieceLength) this.#flush();
    else this.#flushing ??= setImmediate(() => this.#flush());
    if (this.#stream.writableNeedDrain) return drained(this.#stream);
  }

  notice(text: string): void {
    this.#pending += `${text}\n`;
    this.#flush();
  }

  done(): Promise<void> {
    for (const platform of this.#logs.keys()) this.#endLog(platform);
    this.#flush();
    return drained(this.#stream);
  }

  close(): void {
    this.#flush();
  }

  #log({ platform, attempt, text }: Extract<FollowItem, { kind: 'log' }>): void {
    let log = this.#logs.get(platform);
    if (log?.attempt !== attempt) {
      this.#endLog(platform);
      log = { attempt, parts: new LogParts(), stopwatch: new PhaseStopwatch() };
      this.#logs.set(platform, log);
    }
    this.#parts(platform, log, log.parts.push(text));
  }

  #endLog(platform: Platform): void {
    const log = this.#logs.get(platform);
    if (log !== undefined) this.#parts(platform, log, log.parts.flush());
  }

  #parts(platform: Platform, log: Log, parts: ReturnType<LogParts['push']>): void {
    for (const part of parts) {
      if ('text' in part) this.#lines(platform, part.text);
      else this.#mark(platform, part.mark, log.stopwatch);
    }
  }

  #lines(platform: Platform, text: string): void {
    const prefix = `${this.#name(platform)} ${this.#display.colours.dim('|')} `;
    this.#pending += prefix + safeText(text).slice(0, -1).replaceAll('\n', `\n${prefix}`) + '\n';
  }

  #mark(platform: Platform, mark: PhaseMark, stopwatch: PhaseStopwatch): void {
    const seconds = stopwatch.measure(mark);
    if (mark.verb === 'begin') this.#sentence(platform, phaseBegins(mark));
    if (mark.verb === 'end') this.#sentence(platform, phaseEnds(mark, seconds), mark.exitCode !== 0);
    if (mark.verb === 'fail') this.#sentence(platform, mark.text, true);
    if (mark.verb === 'note') this.#sentence(platform, mark.text);
    if (mark.verb === 'cache') this.#sentence(platform, cacheSentence(mark.image, mark));
    if (mark.verb === 'again') this.#sentence(platform, restartSentence(mark.text));
  }

  #event({ event: { event, buildId } }: Extract<FollowItem, { kind: 'event' }>): void {
    if (shownByLog.has(event.type)) return;
    if (event.type === 'build.created') this.#sentence(undefined, `id is ${buildId}`);
    const sentence = eventSentence(event);
    if (sentence === undefined) return;
    const isBad = event.type === 'build.failed' || event.type === 'job.failed' || event.type === 'job.attempt-failed';
    this.#sentence('platform' in event ? event.platform : undefined, sentence, isBad);
  }

  #sentence(platform: Platform | undefined, sentence: string, isBad = false): void {
    const { colours } = this.#display;
    const text = safeLine(sentence);
    this.#pending += `${this.#name(platform)} ${colours.dim('*')} ${isBad ? colours.red(text) : colours.bold(text)}\n`;
  }

  #name(platform: Platform | undefined): string {
    const { colours } = this.#display;
    if (platform === undefined) return 'build';
    return (platform === 'linux/arm64' ? colours.cyan : colours.magenta)(platformSuffix(platform));
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#pending === '') return;
    this.#stream.write(this.#pending);
    this.#pending = '';
  }
}

/** Resolves when the stream accepts more, or is closed. */
async function drained(stream: Writable): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  const gaveUp = new AbortController();
  const { signal } = gaveUp;
  const events = ['drain', 'close', 'error'].map((name) => once(stream, name, { signal }));
  await Promise.race(events).catch(() => undefined);
  gaveUp.abort();
  await Promise.allSettled(events);
}

/** Measures phases by the clock of the host on which they ran. */
class PhaseStopwatch {
  readonly #begun = new Map<string, number>();

  /** Seconds since the phase began, for the mark that ends it. */
  measure(mark: PhaseMark): number | undefined {
    if (mark.verb !== 'begin' && mark.verb !== 'end') return undefined;
    const key = `${mark.phase} ${mark.image ?? ''}`;
    const begun = this.#begun.get(key);
    if (mark.verb === 'begin') this.#begun.set(key, mark.uptime);
    return mark.verb === 'end' && begun !== undefined ? mark.uptime - begun : undefined;
  }
}
