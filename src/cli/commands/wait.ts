import { isEnded } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findBuild } from '../find-build.ts';
import { report } from '../run-attached.ts';
import type { CommandOptions } from '../table/table.ts';
import type { Terminal } from '../terminal.ts';

export function wait(
  id: string | undefined,
  { timeout, json }: CommandOptions<'wait'>,
  terminal: Terminal,
): Promise<ExitCode> {
  return withBuilds(terminal, async (builds) => {
    const { id: found } = await findBuild(builds, id);
    const signal = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
    const following = builds.follow(found, { logs: false, ...(signal && { signal }) });
    for (;;) {
      const next = await following.next();
      if (!next.done) continue;
      const build = next.value;
      if (!isEnded(build)) {
        throw new TwinhullError('JobTimedOut', `build ${found} is still ${build.state} after ${String(timeout)} s`, {
          hint: `check twinhull status ${found}; the build continues. If no process drives it, run twinhull reconcile --until-idle`,
        });
      }
      await report(build, { json }, terminal);
      return build.state === 'published' ? exitCodes.success : exitCodes.buildFailed;
    }
  });
}
