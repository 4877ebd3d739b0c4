import { originOf } from '../../adapters/git/detect-repository.ts';
import { localTokenFile } from '../../adapters/local-service/local-token-file.ts';
import { errorCatalogue } from '../../domain/errors/catalogue.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { loadSettings, type Settings } from '../../settings/settings.ts';
import { findDestination } from '../../wiring/destination.ts';
import { gitAudiences } from '../../wiring/git-audiences.ts';
import { engineEndpoints } from '../../wiring/open-backend.ts';
import { openIdentityProvider, registeredUrls } from '../../wiring/open-identity-provider.ts';
import { registryOpener } from '../../wiring/open-registry.ts';
import { openSecrets } from '../../wiring/open-secrets.ts';
import { registryCredentials } from '../../wiring/registry-credentials.ts';
import { changedSettings } from '../changed-settings.ts';
import type { OpenRegistry } from '../doctor/aws/definition-image-check.ts';
import { type CheckResult, runChecks, worstStatus } from '../doctor/check.ts';
import { type AwsSide, doctorChecks } from '../doctor/doctor.ts';
import type { OpenIdCheck } from '../doctor/openid-check.ts';
import { checksToJson, renderChecks } from '../doctor/render-checks.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export async function doctor(options: CommandOptions<'doctor'>, terminal: Terminal): Promise<ExitCode> {
  if (options.beforeDeploy) {
    const { checksBeforeDeploy } = await import('../doctor/before-deploy/run-before-deploy.ts');
    return report(await checksBeforeDeploy(options, terminal.cwd), options, terminal);
  }
  if (options.context !== undefined)
    throw new TwinhullError('SettingInvalid', '--context is an option of a deployment', {
      hint: 'give --before-deploy with it, or omit it',
    });
  return report(await checksOfBuilds(options, terminal.cwd), options, terminal);
}

/** What to check in place of the settings. */
export type CheckedInstead = Pick<CommandOptions<'doctor'>, 'backend' | 'destination' | 'repository'>;

/** Everything that a build needs. */
export async function checksOfBuilds(options: CheckedInstead, cwd: string): Promise<readonly CheckResult[]> {
  const loaded = loadSettings();
  const settings = { ...loaded, backend: options.backend ?? loaded.backend };
  const { backend, destination, aws } = settings;
  const credentials = registryCredentials(settings);
  const hasDestination = (options.destination ?? destination ?? ecrOf(settings)) !== undefined;
  const registry = registryOpener(settings, credentials);
  const inAws = backend === 'aws' ? await awsSide(aws, registry) : undefined;
  try {
    return await runChecks(
      doctorChecks({
        ...settings,
        changed: changedSettings(settings),
        secretFiles: secretFilesOf(settings),
        engines: backend === 'docker' ? engineEndpoints(settings) : undefined,
        aws: inAws,
        secrets: await openSecrets(settings, credentials),
        gitAudiences: () => gitAudiences(settings),
        registry: hasDestination
          ? async () => registry((await findDestination(options.destination, settings)).repository)
          : undefined,
        signIn: openIdCheckOf(settings),
        repository: options.repository ?? settings.repository ?? (await originOf(cwd)),
      }),
    );
  } finally {
    await inAws?.close();
  }
}

async function report(
  results: readonly CheckResult[],
  options: CommandOptions<'doctor'>,
  { stdout }: Terminal,
): Promise<ExitCode> {
  await (options.json
    ? writeJson(stdout, checksToJson(results))
    : write(stdout, renderChecks(results, displayOf(stdout))));
  if (worstStatus(results) !== 'problem') return exitCodes.success;
  const outside = results.some(({ code }) => code !== undefined && errorCatalogue[code].source === 'backend');
  return outside ? exitCodes.unreachable : exitCodes.wrongUse;
}

/** Keyed by the setting that names each file. */
function secretFilesOf({ git, client, github, openId, secretsFolder, stateFolder }: Settings) {
  const files = {
    TWINHULL_GIT_TOKEN_FILE: git.tokenFile,
    TWINHULL_GIT_CREDENTIALS_FILE: git.credentialsFile,
    TWINHULL_TOKEN_FILE: client.tokenFile,
    TWINHULL_GITHUB_TOKEN_FILE: github.tokenFile,
    TWINHULL_GITHUB_APP_KEY_FILE: github.app?.keyFile,
    TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: github.webhookSecretFile,
    TWINHULL_OPENID_CLIENT_SECRET_FILE: openId?.clientSecretFile,
    TWINHULL_SECRETS_DIR: secretsFolder,
    'local token': localTokenFile(stateFolder),
  };
  return new Map(Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function openIdCheckOf({ openId }: Settings): (() => Promise<OpenIdCheck>) | undefined {
  if (openId === undefined) return undefined;
  const { issuer, groupScopes } = openId;
  const { redirectUrl } = registeredUrls(openId);
  return async () => {
    const provider = await openIdentityProvider(openId);
    return { issuer, redirectUrl, isOpenToAll: groupScopes.has('*'), check: () => provider.check() };
  };
}

/** The repository that the aws backend publishes to when no destination is named. */
function ecrOf({ backend, aws }: Settings): string | undefined {
  return backend === 'aws' ? aws.ecrRepository : undefined;
}

/** Loaded on demand, so that users of an engine do not wait for it. @throws SettingInvalid */
async function awsSide(settings: Settings['aws'], registry: OpenRegistry): Promise<AwsSide> {
  const { awsInspector } = await import('../../adapters/aws/inspect/aws-inspector.ts');
  const { builderScript } = await import('../../builder/script.ts');
  const { awsChecks } = await import('../doctor/aws/aws-checks.ts');
  const inspector = awsInspector(settings);
  const checks = awsChecks({ settings, inspector, builderScript, registry });
  return { checks, hasGitSecret: settings.gitSecrets.length > 0, close: () => inspector.close() };
}
