import { promote as promoteBuild } from '../../pipeline/promote.ts';
import { systemClock } from '../../ports/clock.ts';
import { registryOpener } from '../../wiring/open-registry.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface PromoteOptions {
  readonly tag: string;
  readonly image?: string | undefined;
  readonly json: boolean;
}

export function promote(commit: string, { tag, image, json }: PromoteOptions, { stdout }: Terminal): Promise<ExitCode> {
  return withStore(async (store, settings) => {
    const moved = await promoteBuild(
      { commit, tag, image },
      { store, registryFor: registryOpener(settings), clock: systemClock },
    );
    await (json ? writeJson(stdout, moved) : write(stdout, `${moved.reference} -> ${moved.digest}\n`));
    return exitCodes.success;
  });
}
