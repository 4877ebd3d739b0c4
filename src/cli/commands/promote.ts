import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export function promote(
  commit: string,
  { tag, image, force, json }: CommandOptions<'promote'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (builds) => {
    const moved = await builds.promote({ commit, tag, image, force });
    await (json ? writeJson(stdout, moved) : write(stdout, `${moved.reference} -> ${moved.digest}\n`));
    return exitCodes.success;
  });
}
