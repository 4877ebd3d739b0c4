import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builderScript, scriptObjectName } from '../../src/builder/script.ts';
import { LabError } from '../lab-error.ts';
import type { LabContext } from '../part.ts';
import { caFile, gitUrl } from '../parts/git-server.ts';
import { run } from '../run.ts';
import { awsBuilderReference } from './builder-image.ts';
import { emulatorUrl } from './emulator.ts';
import { awsEnvironment, region } from './identity.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = [
  ...['infra/bin', 'infra/src', 'infra/cdk.json', 'infra/package.json'],
  ...['src/builder', 'src/domain/ecr-host.ts'],
];

export const stackName = 'smsvpctest-build-batch';

/** The bucket from which the emulated jobs fetch the builder script. */
const scriptBucket = 'twinhull-lab-scripts';

/**
 * The options of the stack here, in the form of `cdk deploy -c`: the lab's builder image with git's private CA, how its
 * jobs find the emulator, and where the emulator differs from AWS.
 */
function choices(context: LabContext): Readonly<Record<string, string>> {
  return {
    stackName,
    region,
    bootstrapped: 'false',
    scriptBucket,
    builderImage: awsBuilderReference,
    gitHost: new URL(gitUrl(context)).host,
    buildFolder: context.paths.buildsFolder,
    builderMounts: JSON.stringify([{ source: caFile(context), target: '/run/twinhull/ca.pem', readOnly: true }]),
    // Jobs run on this machine's engine, which has other images too.
    builderEnvironment: JSON.stringify({ ...awsEnvironment(emulatorUrl(context)), TWINHULL_DEDICATED_HOST: '0' }),
    // The emulator has no service-linked roles, and one log group.
    batchServiceRole: 'own',
    logGroup: '/aws/batch/job',
  };
}

/** Changes when the template would. */
export function templateVersion(context: LabContext): string {
  const hash = createHash('sha256').update(JSON.stringify(choices(context)));
  for (const file of sources.flatMap((path) => filesAt(join(root, path)))) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** The template of the stack of infra/. */
export async function synthesize(context: LabContext): Promise<string> {
  const output = join(context.paths.workFolder, 'cdk.out');
  const words = Object.entries(choices(context)).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  await run(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', ...words, '-o', output],
    {
      cwd: join(root, 'infra'),
      timeoutMilliseconds: 900_000,
    },
  );
  return readFileSync(join(output, `${stackName}.template.json`), 'utf8');
}

/** Uploads the builder script under its name in the template. The emulator requires no signature. */
export async function uploadScript(context: LabContext): Promise<void> {
  const script = await builderScript();
  const bucket = `${emulatorUrl(context)}/${scriptBucket}`;
  for (const [url, body] of [[bucket], [`${bucket}/${scriptObjectName(script)}`, script]] as const) {
    const answer = await fetch(url, { method: 'PUT', ...(body && { body }), signal: AbortSignal.timeout(120_000) });
    // 409: the bucket exists.
    if (!answer.ok && answer.status !== 409)
      throw new LabError(`the emulator's S3 answered ${String(answer.status)} to PUT ${url}`);
  }
}

/** The file itself, or all files below the folder except tests. */
function filesAt(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
