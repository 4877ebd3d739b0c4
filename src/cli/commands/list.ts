import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { CommandOptions } from '../table/table.ts';
import { jsonText, type Terminal, write } from '../terminal.ts';

export function list(
  { limit, all, state, commit, json }: CommandOptions<'list'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  return withBuilds(terminal, async (listed) => {
    const builds = await listed.list({
      limit: all ? Number.MAX_SAFE_INTEGER : Math.floor(limit),
      states: state,
      commit,
    });
    if (json) {
      const { summaryToJson } = await import('../../build-json/json.ts');
      await write(stdout, `${jsonText(builds.map(summaryToJson), 2)}\n`);
    } else {
      const { displayOf } = await import('../render/display.ts');
      const { renderList } = await import('../render/list.ts');
      await write(stdout, renderList(builds, Date.now(), displayOf(stdout)));
    }
    return exitCodes.success;
  });
}
