import { containerOverrides } from '../adapters/aws/batch/overrides.ts';
import { type JobEnvironmentOptions, jobEnvironment } from '../builder/job-environment.ts';
import { newBuildId } from '../domain/build.ts';
import type { Plan } from '../domain/plan.ts';
import type { Settings } from '../settings/settings.ts';

/** The settings that apply to every job. */
export function jobOptions({
  emulation,
  backend,
  aws,
}: Pick<Settings, 'emulation' | 'backend' | 'aws'>): Omit<JobEnvironmentOptions, 'buildId'> {
  if (backend === 'docker') return { emulation };
  return { emulation, gitSecrets: aws.gitSecrets, buildSecretIds: aws.buildSecretIds };
}

/**
 * Rejects a plan whose jobs the backend would reject on submission.
 * @throws RecipeInvalid when the environment of a job exceeds the limit of AWS Batch
 */
export function refuseLongJobs(plan: Plan, settings: Pick<Settings, 'emulation' | 'backend' | 'aws'>): void {
  if (settings.backend !== 'aws') return;
  // All ids and months have this length.
  const options = { ...jobOptions(settings), buildId: newBuildId(0), createdAt: 0 };
  for (const { platform } of plan.jobs) containerOverrides(jobEnvironment(plan, platform, options));
}
