import type { JobEnvironmentOptions } from '../builder/job-environment.ts';
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
