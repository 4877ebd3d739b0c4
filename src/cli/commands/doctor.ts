import { originOf } from '../../adapters/git/git-remote.ts';
import { errorCatalogue } from '../../errors/catalogue.ts';
import { loadSettings } from '../../settings/settings.ts';
import { destinationOf } from '../../wiring/destination.ts';
import { engineEndpoints, secretSource } from '../../wiring/open-backend.ts';
import { registryOpener } from '../../wiring/open-registry.ts';

import { runChecks, worstStatus } from '../doctor/check.ts';
import { doctorChecks } from '../doctor/doctor.ts';
import { checksToJson, renderChecks } from '../doctor/render-checks.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface DoctorOptions {
  readonly destination?: string | undefined;
  readonly repository?: string | undefined;
  readonly json: boolean;
}

export async function doctor(options: DoctorOptions, { cwd, stdout }: Terminal): Promise<ExitCode> {
  const settings = loadSettings();
  const destination = options.destination ?? settings.destination;
  const results = await runChecks(
    doctorChecks({
      ...settings,
      engines: engineEndpoints(settings),
      secrets: secretSource(settings),
      registry:
        destination === undefined
          ? undefined
          : () => registryOpener(settings)(destinationOf(destination, settings).repository),
      repository: options.repository ?? settings.repository ?? (await originOf(cwd)),
    }),
  );
  await (options.json
    ? writeJson(stdout, checksToJson(results))
    : write(stdout, renderChecks(results, displayOf(stdout))));
  if (worstStatus(results) !== 'problem') return exitCodes.success;
  const outside = results.some(({ code }) => code !== undefined && errorCatalogue[code].source === 'backend');
  return outside ? exitCodes.unreachable : exitCodes.wrongUse;
}
