import { buildToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type AttendOptions, attend, checkMetadataFile } from '../run-attached.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface RetryOptions extends AttendOptions {
  readonly detach: boolean;
}

export async function retry(id: string, options: RetryOptions, terminal: Terminal): Promise<ExitCode> {
  await checkMetadataFile(options.metadataFile);
  return withBuilds(terminal, async (builds) => {
    const build = await builds.retry(id);
    if (!options.detach) return attend(id, builds, options, terminal);
    builds.goOnInBackground();
    await (options.json ? writeJson(terminal.stdout, buildToJson(build)) : write(terminal.stdout, `${id}\n`));
    return exitCodes.success;
  });
}
