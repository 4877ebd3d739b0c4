import * as z from 'zod';
import { registryOfImage } from '../../adapters/docker/builder-image.ts';
import type { Engine } from '../../adapters/docker/engine.ts';
import { engineReason, statusOf } from '../../adapters/docker/engine-errors.ts';
import { builderContractLabel, contractVersion } from '../../builder/contract.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { type CheckResult, ok, problem, warning } from './check.ts';

/** The part of an inspected image with its labels (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image). */
const labelled = z.object({
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

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
  const labels = await labelsOnEngine(engine, image);
  if (labels !== undefined) return { isPresent: true, result: judgeBuilderLabels(name, image, labels) };
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

/** Whether an image of ours is for this version's jobs. Other images have no label. */
export function judgeBuilderLabels(
  name: string,
  image: string,
  labels: Readonly<Record<string, string | undefined>>,
): CheckResult {
  const contract = labels[builderContractLabel];
  if (contract === undefined || Number(contract) >= contractVersion) return ok(name, image);
  return warning(
    name,
    `${image} is for jobs of contract ${contract}; this version needs contract ${contractVersion}`,
    'build it again from this version: examples/builder-image',
  );
}

/** Undefined if the engine does not have the image. */
async function labelsOnEngine(
  engine: Engine,
  image: string,
): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  try {
    const found = await engine.call(`look for ${image}`, (api, signal) => api.inspectImage(image, signal), 20_000);
    return labelled.parse(found).Config?.Labels ?? {};
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
