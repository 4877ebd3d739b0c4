import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface PromoteOptions {
  readonly tag: string;
  readonly image?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

export function promote(
  commit: string,
  { tag, image, force, json }: PromoteOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (builds) => {
    const moved = await builds.promote({ commit, tag, image, force });
    await (json ? writeJson(stdout, moved) : write(stdout, `${moved.reference} -> ${moved.digest}\n`));
    return exitCodes.success;
  });
}
