import type { LogId } from '../../ports/build-store.ts';
import { isEnded } from '../../domain/build.ts';
import { type Platform, platformSuffix } from '../../domain/platform.ts';
import { followBuild } from '../../pipeline/follow.ts';
import { storedLog } from '../../pipeline/log-collector.ts';
import { systemClock } from '../../ports/clock.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { type Terminal, write } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface LogsOptions {
  readonly platform?: Platform | undefined;
  readonly follow: boolean;
  readonly attempt?: number | undefined;
  readonly json: boolean;
}

export function logs(id: string | undefined, options: LogsOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store) => {
    const build = await findBuild(store, id);
    if (options.follow && !isEnded(build)) {
      for await (const item of followBuild(build.id, { store, clock: systemClock }, { platform: options.platform })) {
        if (item.kind === 'log') await write(stdout, format(item.text, item, options));
      }
      return exitCodes.success;
    }
    for (const { platform, attempts } of build.jobs) {
      const attempt = options.attempt ?? attempts.at(-1)?.number;
      if (attempt === undefined || (options.platform !== undefined && options.platform !== platform)) continue;
      const log = { buildId: build.id, platform, attempt };
      for await (const text of storedLog(store, log)) await write(stdout, format(text, log, options));
    }
    return exitCodes.success;
  });
}

/** One platform alone comes as it is; two are told apart by a prefix. */
function format(text: string, { platform, attempt }: Omit<LogId, 'buildId'>, options: LogsOptions): string {
  if (options.json) {
    const lines = text.replace(/\n$/, '').split('\n');
    return lines.map((line) => `${JSON.stringify({ platform, attempt, line })}\n`).join('');
  }
  if (options.platform !== undefined) return text;
  const prefix = `${platformSuffix(platform)} | `;
  return prefix + text.replace(/\n(?=[^])/g, `\n${prefix}`);
}
