import { awsInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { readContextFile } from '../../../settings/context-file.ts';
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
  const planned = plannedStack(readDeployment({ ...readContextFile(folder), ...context }));
  const inspector = awsInspector({ region: planned.region });
  try {
    return await runChecks(beforeDeployChecks(planned, inspector));
  } finally {
    await inspector.close();
  }
}
