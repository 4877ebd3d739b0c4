import { Reconciler } from '../../pipeline/drive/reconciler.ts';
import { openDriver } from '../../wiring/open-driver.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { warningsTo } from '../render/notice.ts';
import type { CommandOptions } from '../table/table.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from '../with-store.ts';

export function reconcile({ untilIdle }: CommandOptions<'reconcile'>, { stderr }: Terminal): Promise<ExitCode> {
  return withStore(async (store, settings) => {
    const driver = await openDriver(settings, store, warningsTo(stderr));
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    try {
      await new Reconciler(driver).run({ signal: stop.signal, untilIdle });
      return exitCodes.success;
    } finally {
      driver.close();
    }
  });
}
