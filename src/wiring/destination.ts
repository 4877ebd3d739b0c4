import { EcrApi } from '../adapters/ecr/ecr-api.ts';
import { parseEcrHost } from '../domain/ecr-host.ts';
import { formatRepository, parseImageRepository } from '../domain/image-reference.ts';
import type { Destination } from '../domain/plan.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { Settings } from '../settings/settings.ts';

type DestinationSettings = Pick<Settings, 'backend' | 'region' | 'aws' | 'destination'>;

/**
 * Where images go: what the user named, else the setting, else with the aws backend the ECR repository that
 * ECR_REPOSITORY names, whose address ECR is asked for.
 *
 * @throws ArgumentInvalid, ImageReferenceInvalid, RegistryAccessDenied, RegistryRefused, RegistryUnreachable
 */
export async function findDestination(named: string | undefined, settings: DestinationSettings): Promise<Destination> {
  const repository = named ?? settings.destination ?? (await ecrDestination(settings));
  if (repository !== undefined) return destinationOf(repository, settings);
  const ecr = settings.backend === 'aws' ? ', or ECR_REPOSITORY' : '';
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
    // Jobs in AWS get their login by their role; others are handed one, as for any registry.
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
