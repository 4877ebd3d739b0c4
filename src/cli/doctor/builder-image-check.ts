import { registryOfImage } from '../../adapters/docker/builder-image.ts';
import type { Engine } from '../../adapters/docker/engine.ts';
import { engineReason, statusOf } from '../../adapters/docker/engine-errors.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { type CheckResult, ok, problem } from './check.ts';

/** Whether the engine has the builder image, as other checks need it. */
export interface BuilderImageFinding {
  readonly isPresent: boolean;
  readonly result: CheckResult;
}

/** Whether the engine has the builder image, or else could pull it. Pulls nothing. */
export async function checkBuilderImage(
  name: string,
  engine: Engine,
  image: string,
  secrets: Pick<SecretSource, 'registryCredentials'>,
): Promise<BuilderImageFinding> {
  if (await isOnEngine(engine, image)) return { isPresent: true, result: ok(name, image) };
  const registry = registryOfImage(image);
  const credentials = await secrets.registryCredentials(registry);
  const login = credentials && { ...credentials, serveraddress: registry };
  try {
    await engine.call(
      `request ${image} from ${registry}`,
      (api, signal) => api.imageDistribution(image, login, signal),
      20_000,
    );
    return {
      isPresent: false,
      result: ok(name, `${image} is not on the engine; the first build pulls it from ${registry}`),
    };
  } catch (error) {
    const advice = `pull it (docker pull ${image}), or set TWINHULL_BUILDER_IMAGE to an existing image with docker, git and bash`;
    const reason =
      statusOf(error) === undefined ? `${registry} did not respond to the engine in time` : engineReason(error);
    const result = problem(name, `${image} is not on the engine, and cannot be pulled: ${reason}`, advice);
    return { isPresent: false, result: { ...result, code: 'BuilderImageMissing' } };
  }
}

async function isOnEngine(engine: Engine, image: string): Promise<boolean> {
  try {
    await engine.call(`look for ${image}`, (api, signal) => api.inspectImage(image, signal), 20_000);
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
