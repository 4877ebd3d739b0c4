import { z } from 'zod';
import { reasonOf, TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { failureKind, httpStatusOf } from '../sdk/aws-errors.ts';
import { isAccess, isOutside } from '../sdk/error-words.ts';

const credentialsHint =
  'provide AWS credentials that may use ECR: AWS_PROFILE, AWS_ACCESS_KEY_ID and related variables, or a role of this machine';

const unknownRepository = /^(?:RepositoryNotFoundException|RegistryNotFound)$/;

/** Whether there are no AWS credentials at all, so that no request was sent. */
export function lacksCredentials(error: unknown): boolean {
  return failureKind(error) === 'no-credentials' && httpStatusOf(error) === undefined;
}

/** The catalogue's error for a failed call of ECR's API. `doing` reads "get a login for …". */
export function ecrFailure(error: unknown, doing: string, region: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  if (error instanceof z.ZodError) {
    return new TwinhullError(
      'RegistryRefused',
      `cannot ${doing}: the response is not one of ECR's: ${z.prettifyError(error)}`,
      {
        cause: error,
        hint: 'check what AWS_ENDPOINT_URL names',
      },
    );
  }
  const kind = failureKind(error);
  const name = error instanceof Error ? error.name : '';
  const words = `cannot ${doing}: ${reasonOf(error)}`;
  if (isAccess(kind)) {
    const hint = kind === 'no-credentials' ? credentialsHint : `${credentialsHint}; the message names what is missing`;
    return new TwinhullError('RegistryAccessDenied', `${words} (${name})`, { cause: error, hint });
  }
  if (unknownRepository.test(name)) {
    const hint = `create it in ${region}, or correct ECR_REPOSITORY or the destination`;
    return new TwinhullError('RegistryRefused', words, { cause: error, hint });
  }
  if (httpStatusOf(error) !== undefined && !isOutside(kind)) {
    return new TwinhullError('RegistryRefused', `${words} (${name})`, { cause: error });
  }
  return new TwinhullError(
    'RegistryUnreachable',
    `cannot ${doing}: ECR in ${region} did not respond: ${reasonOf(error)}`,
    {
      cause: error,
      hint: 'check the region, the proxy, and the network path to ECR (an endpoint in the VPC, or NAT)',
    },
  );
}
