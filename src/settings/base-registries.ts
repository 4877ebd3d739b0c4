import type { BaseRegistry } from '../domain/build-secrets.ts';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { parseImageRepository } from '../domain/image-reference.ts';
import { quoted } from '../domain/quoted.ts';
import { parseStoredSecretId } from '../domain/stored-secret.ts';

/**
 * Parses the elements of TWINHULL_BASE_REGISTRIES: `host[:port]`, on AWS `host[:port]=name or ARN` except for ECR.
 * @throws SettingInvalid
 */
export function baseRegistriesOf(words: readonly string[], backend: 'docker' | 'aws'): readonly BaseRegistry[] {
  return words.map((word) => {
    const at = word.indexOf('=');
    const host = hostOf(at === -1 ? word : word.slice(0, at));
    const secretId = at === -1 ? undefined : word.slice(at + 1);
    const needsSecret = backend === 'aws' && host !== undefined && parseEcrHost(host) === undefined;
    if (host === undefined || secretId === '' || needsSecret !== (secretId !== undefined)) throw invalid(word, backend);
    return secretId === undefined
      ? { host }
      : { host, secretId: parseStoredSecretId('TWINHULL_BASE_REGISTRIES', secretId) };
  });
}

function hostOf(text: string): string | undefined {
  try {
    const { host } = parseImageRepository(`${text}/x`);
    return text.includes('/') ? undefined : host;
  } catch {
    return undefined;
  }
}

function invalid(word: string, backend: 'docker' | 'aws'): TwinhullError {
  const hint =
    backend === 'aws'
      ? 'give host[:port]=name or ARN of its secret; of a registry at ECR the host alone'
      : 'give host[:port] alone: its login comes from `docker login`, or TWINHULL_REGISTRY_CREDENTIALS_FILE';
  return new TwinhullError('SettingInvalid', `TWINHULL_BASE_REGISTRIES holds ${quoted(word)}`, { hint });
}
