import { originOf } from '../../adapters/git/git-remote.ts';
import { errorCatalogue } from '../../errors/catalogue.ts';
import { loadSettings, type Settings } from '../../settings/settings.ts';
import { findDestination } from '../../wiring/destination.ts';
import { engineEndpoints } from '../../wiring/open-backend.ts';
import { registryOpener } from '../../wiring/open-registry.ts';
import { openSecrets } from '../../wiring/open-secrets.ts';
import { registryCredentials } from '../../wiring/registry-credentials.ts';
import { runChecks, worstStatus } from '../doctor/check.ts';
import { type AwsSide, doctorChecks } from '../doctor/doctor.ts';
import { checksToJson, renderChecks } from '../doctor/render-checks.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface DoctorOptions {
  readonly backend?: Settings['backend'] | undefined;
  readonly destination?: string | undefined;
  readonly repository?: string | undefined;
  readonly json: boolean;
}

export async function doctor(options: DoctorOptions, { cwd, stdout }: Terminal): Promise<ExitCode> {
  const loaded = loadSettings();
  const settings = { ...loaded, backend: options.backend ?? loaded.backend };
  const { backend, destination, aws } = settings;
  const credentials = registryCredentials(settings);
  const hasDestination = (options.destination ?? destination ?? ecrOf(settings)) !== undefined;
  const inAws = backend === 'aws' ? await awsSide(aws) : undefined;
  const results = await runChecks(
    doctorChecks({
      ...settings,
      engines: backend === 'docker' ? engineEndpoints(settings) : undefined,
      aws: inAws,
      secrets: await openSecrets(settings, credentials),
      registry: hasDestination
        ? async () =>
            registryOpener(settings, credentials)((await findDestination(options.destination, settings)).repository)
        : undefined,
      repository: options.repository ?? settings.repository ?? (await originOf(cwd)),
    }),
  );
  await inAws?.close();
  await (options.json
    ? writeJson(stdout, checksToJson(results))
    : write(stdout, renderChecks(results, displayOf(stdout))));
  if (worstStatus(results) !== 'problem') return exitCodes.success;
  const outside = results.some(({ code }) => code !== undefined && errorCatalogue[code].source === 'backend');
  return outside ? exitCodes.unreachable : exitCodes.wrongUse;
}

/** The repository that the aws backend publishes to where no destination is named. */
function ecrOf({ backend, aws }: Settings): string | undefined {
  return backend === 'aws' ? aws.ecrRepository : undefined;
}

/** Loaded here, because nobody with an engine has to wait for it. @throws SettingInvalid */
async function awsSide(settings: Settings['aws']): Promise<AwsSide> {
  const { awsInspector } = await import('../../adapters/aws-inspect/aws-inspector.ts');
  const { builderScript } = await import('../../builder/script.ts');
  const { awsChecks } = await import('../doctor/aws/aws-checks.ts');
  const inspector = awsInspector(settings);
  const checks = awsChecks({ settings, inspector, builderScript });
  return { checks, hasGitSecret: settings.gitSecret !== undefined, close: () => inspector.close() };
}
