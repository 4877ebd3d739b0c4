import { buildToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { checkMetadataFile, report, runAttached } from '../run-attached.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export async function build(options: CommandOptions<'build'>, terminal: Terminal): Promise<ExitCode> {
  await checkMetadataFile(options.metadataFile);
  return withBuilds(terminal, async (builds) => {
    const wanted = { ...options, reference: options.ref };
    const { outcome, build } = await builds.submit(wanted, { force: options.force, ifBusy: options.ifBusy });
    const { id } = build;
    if (outcome === 'exists') {
      await write(terminal.stderr, `the images of commit ${build.commit} already exist: build ${id} published them\n`);
      await report(build, options, terminal);
      return exitCodes.success;
    }
    if (outcome === 'joined') await write(terminal.stderr, `build ${id} of the same images is in progress\n`);
    if (outcome === 'created' && build.queue !== undefined)
      await write(terminal.stderr, `build ${id} is waiting for build ${build.queue.behind}\n`);
    if (!options.detach) return runAttached(id, builds, options, terminal);
    builds.goOnInBackground();
    await (options.json ? writeJson(terminal.stdout, buildToJson(build)) : write(terminal.stdout, `${id}\n`));
    return exitCodes.success;
  });
}
