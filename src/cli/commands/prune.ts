import { previewPrune, prune as pruneAll } from '../../pipeline/prune/prune.ts';
import { systemClock } from '../../ports/clock.ts';
import { registryOpener } from '../../wiring/open-registry.ts';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { renderError } from '../render/error.ts';
import { pruneToJson, renderPrune } from '../render/prune.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

/** Exits with the code of the first failure, or with success when there was none. */
export function prune(options: CommandOptions<'prune'>, { stdout, stderr }: Terminal): Promise<ExitCode> {
  const { destination, yes, json, ...policy } = options;
  return withStore(async (store, settings) => {
    const parts = { store, registryFor: registryOpener(settings), clock: systemClock };
    const report = await (yes ? pruneAll : previewPrune)({ policy, destination }, parts);
    await (json
      ? writeJson(stdout, pruneToJson(report, yes))
      : write(stdout, renderPrune(report, yes, displayOf(stdout))));
    for (const { error } of report.problems) await write(stderr, renderError(error, displayOf(stderr)));
    const [first] = report.problems;
    return first === undefined ? exitCodes.success : exitCodeOf(first.error);
  });
}
