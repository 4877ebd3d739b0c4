import { readFileSync } from 'node:fs';
import path from 'node:path';
import { awsInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import { reasonOf, TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { readDeployment } from '../../../settings/deployment.ts';
import { type CheckResult, runChecks } from '../check.ts';
import { beforeDeployChecks } from './before-deploy-checks.ts';
import { plannedStack } from './planned-stack.ts';

/** Options of the command line that apply to `doctor --before-deploy`. */
export interface BeforeDeployOptions {
  readonly backend?: string | undefined;
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/**
 * Checks the account for the deployment that `cdk deploy` in this folder would make with the same `-c` options.
 *
 * @throws SettingInvalid for another backend, an invalid context file or option
 */
export async function checksBeforeDeploy(
  { backend, context }: BeforeDeployOptions,
  folder: string,
): Promise<readonly CheckResult[]> {
  if (backend !== undefined && backend !== 'aws')
    throw new TwinhullError('SettingInvalid', `--before-deploy checks AWS, not the backend ${backend}`, {
      hint: 'omit --backend, or give --backend aws',
    });
  const planned = plannedStack(readDeployment({ ...contextFile(folder), ...context }));
  const inspector = awsInspector({ region: planned.region });
  try {
    return await runChecks(beforeDeployChecks(planned, inspector));
  } finally {
    await inspector.close();
  }
}

/** The CDK reads the same file of the folder that it runs in, and gives `-c` precedence. */
function contextFile(folder: string): Record<string, unknown> {
  const file = path.join(folder, 'cdk.context.json');
  try {
    return Object.fromEntries(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new TwinhullError('SettingInvalid', `cannot read ${file}: ${reasonOf(error)}`, {
      hint: 'correct the file: it must be a JSON object of options',
    });
  }
}
