import { buildToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { checkMetadataFile, runAttached } from '../run-attached.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export async function retry(id: string, options: CommandOptions<'retry'>, terminal: Terminal): Promise<ExitCode> {
  await checkMetadataFile(options.metadataFile);
  return withBuilds(terminal, async (builds) => {
    const build = await builds.retry(id);
    if (!options.detach) return runAttached(id, builds, options, terminal);
    builds.goOnInBackground();
    await (options.json ? writeJson(terminal.stdout, buildToJson(build)) : write(terminal.stdout, `${id}\n`));
    return exitCodes.success;
  });
}
