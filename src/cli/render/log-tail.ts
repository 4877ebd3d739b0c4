import { LogParts } from '../../builder/log-parts.ts';
import type { Platform } from '../../domain/platform.ts';
import type { FollowItem } from '../../pipeline/follow.ts';

/** The number of lines that the tallest lane may show. */
const kept = 60;
/** Longer lines are cut before any other processing. */
const longest = 2_000;

/** The last lines of each platform's log. The cost depends on the new text, not on the length of the log. */
export class LogTails {
  readonly #tails = new Map<Platform, { attempt: number; parts: LogParts; lines: readonly string[] }>();

  add({ platform, attempt, text }: Extract<FollowItem, { kind: 'log' }>): void {
    let tail = this.#tails.get(platform);
    if (tail?.attempt !== attempt) {
      tail = { attempt, parts: new LogParts(), lines: [] };
      this.#tails.set(platform, tail);
    }
    for (const part of tail.parts.push(text)) {
      if ('text' in part) tail.lines = [...tail.lines, ...lastLines(part.text, kept)].slice(-kept);
    }
  }

  /** Oldest first, without empty lines. */
  of(platform: Platform): readonly string[] {
    return this.#tails.get(platform)?.lines ?? [];
  }
}

/** Reads from the end, to skip most of a long text. @param text whole lines */
export function lastLines(text: string, count: number): string[] {
  const lines: string[] = [];
  for (let end = text.length - 1; end > 0 && lines.length < count; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(start, Math.min(end, start + longest));
    if (line.trim() !== '') lines.push(line);
    end = start - 1;
  }
  return lines.reverse();
}
