import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabContext } from '../part.ts';
import { caFile } from '../parts/git-server.ts';
import { run } from '../run.ts';
import { awsBuilderReference } from './builder-image.ts';
import { emulatorUrl } from './emulator.ts';
import { awsEnvironment, region } from './identity.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = [
  ...['infra/bin', 'infra/src', 'infra/cdk.json', 'infra/package.json'],
  ...['src/builder/builder.sh', 'src/builder/script.ts', 'src/domain/ecr-host.ts'],
];

export const stackName = 'smsvpctest-build-batch';

/**
 * What the stack is told here, as `cdk deploy -c` takes it: the lab's builder image with git's private CA, how its jobs
 * find the emulator, and what the emulator wants otherwise than AWS.
 */
function choices(context: LabContext): Readonly<Record<string, string>> {
  return {
    stackName,
    region,
    bootstrapped: 'false',
    builderImage: awsBuilderReference,
    builderMounts: JSON.stringify([{ source: caFile(context), target: '/run/twinhull/ca.pem', readOnly: true }]),
    builderEnvironment: JSON.stringify(awsEnvironment(emulatorUrl(context))),
    // It knows no service-linked role, and one log group.
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

/** The stack of infra/ as CloudFormation takes it. */
export async function synthesize(context: LabContext): Promise<string> {
  const output = join(context.paths.workFolder, 'cdk.out');
  const words = Object.entries(choices(context)).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  await run(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', ...words, '-o', output],
    {
      cwd: join(root, 'infra'),
      timeoutMilliseconds: 180_000,
    },
  );
  return readFileSync(join(output, `${stackName}.template.json`), 'utf8');
}

/** The file itself, or all files below the folder but tests. */
function filesAt(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
