import { retryBuild } from '../../pipeline/change-build.ts';
import { buildToJson } from '../../presentation/json.ts';
import { openDriver } from '../../wiring/open-driver.ts';
import { type AttendOptions, attend, checkMetadataFile } from '../attend.ts';
import { reconcileInBackground } from '../background.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { warningsTo } from '../render/warnings.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export interface RetryOptions extends AttendOptions {
  readonly detach: boolean;
}

export async function retry(id: string, options: RetryOptions, terminal: Terminal): Promise<ExitCode> {
  await checkMetadataFile(options.metadataFile);
  return withStore(async (store, settings) => {
    const driver = await openDriver(settings, store, warningsTo(terminal.stderr));
    try {
      const build = await retryBuild(id, driver);
      if (!options.detach) return await attend(id, { driver, settings }, options, terminal);
      reconcileInBackground(settings);
      await (options.json ? writeJson(terminal.stdout, buildToJson(build)) : write(terminal.stdout, `${id}\n`));
      return exitCodes.success;
    } finally {
      driver.close();
    }
  });
}
