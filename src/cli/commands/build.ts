import { buildSecretsOf } from '../../domain/plan.ts';
import { submitBuild } from '../../pipeline/submit-build.ts';
import { buildToJson } from '../../presentation/json.ts';
import { openDriver } from '../../wiring/open-driver.ts';
import { preparePlan } from '../../wiring/prepare-plan.ts';
import { attend, checkMetadataFile, report } from '../attend.ts';
import { reconcileInBackground } from '../background.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { warningsTo } from '../render/warnings.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { withStore } from '../with-store.ts';
import type { PlanCommandOptions } from './plan.ts';

export interface BuildCommandOptions extends PlanCommandOptions {
  readonly force: boolean;
  readonly detach: boolean;
  readonly metadataFile?: string | undefined;
}

export async function build(options: BuildCommandOptions, terminal: Terminal): Promise<ExitCode> {
  await checkMetadataFile(options.metadataFile);
  return withStore(async (store, settings) => {
    const { plan, reference } = await preparePlan({ ...options, reference: options.ref }, settings, terminal.cwd);
    const driver = await openDriver(settings, store, warningsTo(terminal.stderr));
    try {
      const platforms = plan.jobs.map(({ platform }) => platform);
      await driver.backend.check(platforms, buildSecretsOf(plan.jobs));
      const registry = driver.registryFor(plan.destination.repository);
      const submitted = await submitBuild({ plan, reference, force: options.force }, { ...driver, registry });
      const { id } = submitted.build;
      if (submitted.outcome === 'exists') {
        await write(terminal.stderr, `the images of commit ${plan.source.commit} exist: build ${id} published them\n`);
        await report(submitted.build, options, terminal);
        return exitCodes.success;
      }
      if (submitted.outcome === 'joined') await write(terminal.stderr, `build ${id} of the same images is under way\n`);
      if (!options.detach) return await attend(id, { driver, settings }, options, terminal);
      reconcileInBackground(settings);
      await (options.json
        ? writeJson(terminal.stdout, buildToJson(submitted.build))
        : write(terminal.stdout, `${id}\n`));
      return exitCodes.success;
    } finally {
      driver.close();
    }
  });
}
