import { LogParts } from '../../builder/log-parts.ts';
import { isEnded } from '../../domain/build.ts';
import { platformSuffix } from '../../domain/platform.ts';
import type { LogId } from '../../ports/build-store.ts';
import type { Builds } from '../builds/builds.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { safeText } from '../render/safe-text.ts';
import type { CommandOptions } from '../table/table.ts';
import { isClosed, jsonText, type Terminal, write } from '../terminal.ts';

type Attempt = Omit<LogId, 'buildId'>;

export function logs(id: string | undefined, options: CommandOptions<'logs'>, terminal: Terminal): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (builds) => {
    const printed = new Map<string, LogParts>();
    for await (const [attempt, text] of texts(builds, id, options)) {
      if (isClosed(stdout)) break;
      const key = `${attempt.platform} ${attempt.attempt}`;
      const parts = printed.get(key) ?? new LogParts();
      printed.set(key, parts);
      for (const part of text === undefined ? parts.flush() : parts.push(text)) {
        if ('text' in part) await write(stdout, format(part.text, attempt, options, stdout.isTTY === true));
      }
    }
    return exitCodes.success;
  });
}

/** The requested logs in pieces, in order; undefined at the end of each. */
async function* texts(
  builds: Builds,
  id: string | undefined,
  { platform: wanted, follow, attempt: number }: CommandOptions<'logs'>,
): AsyncGenerator<[Attempt, string | undefined]> {
  const build = await findBuild(builds, id);
  if (follow && !isEnded(build)) {
    const seen = new Map<string, Attempt>();
    for await (const item of builds.follow(build.id, { platform: wanted })) {
      if (item.kind !== 'log') continue;
      seen.set(`${item.platform} ${item.attempt}`, item);
      yield [item, item.text];
    }
    for (const attempt of seen.values()) yield [attempt, undefined];
    return;
  }
  for (const { platform, attempts } of build.jobs) {
    const attempt = number ?? attempts.at(-1)?.number;
    if (attempt === undefined || (wanted !== undefined && wanted !== platform)) continue;
    for await (const text of builds.log({ buildId: build.id, platform, attempt })) yield [{ platform, attempt }, text];
    yield [{ platform, attempt }, undefined];
  }
}

/**
 * A single platform is printed as is; two are distinguished by a prefix. A terminal gets no foreign escape sequences.
 */
function format(
  text: string,
  { platform, attempt }: Attempt,
  options: CommandOptions<'logs'>,
  isTerminal: boolean,
): string {
  if (options.json) {
    const lines = text.replace(/\n$/, '').split('\n');
    return lines.map((line) => `${jsonText({ platform, attempt, line })}\n`).join('');
  }
  const shown = isTerminal ? safeText(text) : text;
  if (options.platform !== undefined) return shown;
  const prefix = `${platformSuffix(platform)} | `;
  return prefix + shown.replace(/\n(?=[^])/g, `\n${prefix}`);
}
