import type { Settings } from '../settings/settings.ts';

/** Settings in use whose meaning changed in this release, each with the setting to write instead. */
export function changedSettings({ secretsFolder, secretRulesFile, aws }: Settings): readonly string[] {
  const hasSecrets = secretsFolder !== undefined || aws.buildSecretIds.size > 0;
  if (!hasSecrets || secretRulesFile !== undefined) return [];
  return [
    'only recipes of the operator may use build secrets; for recipes that callers send, or that are found in a clone, write `id: { repositories: [https://host/path.git], callers: allow }` into a file and name it in TWINHULL_SECRET_RULES',
  ];
}
