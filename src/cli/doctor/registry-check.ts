import type { Registry } from '../../ports/registry.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { type CheckResult, ok, problemFromError } from './check.ts';

/** Whether the repository can be reached and read. Only a push shows whether pushing is allowed. */
export async function checkRegistry(
  name: string,
  registry: Registry,
  secrets: Pick<SecretSource, 'registryCredentials'>,
): Promise<CheckResult> {
  const [host = ''] = registry.repository.split('/');
  try {
    const credentials = await secrets.registryCredentials(host);
    await registry.check();
    const who =
      credentials === undefined
        ? `without a login; if it refuses a push, run docker login ${host}`
        : `as ${credentials.username}`;
    return ok(name, `${registry.repository} responds, ${who}`);
  } catch (error) {
    return problemFromError(name, error);
  }
}
