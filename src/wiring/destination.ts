import { EcrApi } from '../adapters/aws/ecr/ecr-api.ts';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { formatRepository, parseImageRepository } from '../domain/image-reference.ts';
import type { Destination } from '../domain/plan.ts';
import type { Settings } from '../settings/settings.ts';

type DestinationSettings = Pick<Settings, 'backend' | 'region' | 'aws' | 'destination'>;

/**
 * Where images are published: the user's choice, otherwise the setting, otherwise on the aws backend the ECR repository
 * that ECR_REPOSITORY names, whose address is looked up at ECR.
 *
 * @throws ArgumentInvalid, ImageReferenceInvalid, RegistryAccessDenied, RegistryRefused, RegistryUnreachable
 */
export async function findDestination(named: string | undefined, settings: DestinationSettings): Promise<Destination> {
  const repository = named ?? settings.destination ?? (await ecrDestination(settings));
  if (repository !== undefined) return destinationOf(repository, settings);
  const ecr = settings.backend === 'aws' ? ' or ECR_REPOSITORY' : '';
  throw new TwinhullError('ArgumentInvalid', 'no destination was named', {
    hint: `add --destination host[:port]/path, or set TWINHULL_DESTINATION${ecr}`,
  });
}

/** @throws ImageReferenceInvalid */
export function destinationOf(text: string, { backend, region }: DestinationSettings): Destination {
  const repository = parseImageRepository(text);
  const ecr = parseEcrHost(repository.host);
  return {
    repository: formatRepository(repository),
    // Jobs in AWS log in by their role; elsewhere they receive credentials, as for any registry.
    kind: ecr !== undefined && backend === 'aws' ? 'ecr' : 'oci',
    region: ecr?.region ?? region,
  };
}

async function ecrDestination({ backend, aws }: DestinationSettings): Promise<string | undefined> {
  if (backend !== 'aws' || aws.ecrRepository === undefined) return undefined;
  const api = new EcrApi({ region: aws.region });
  try {
    return (await api.describeRepository(aws.ecrRepository)).uri;
  } finally {
    api.close();
  }
}
