import { z } from 'zod';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';

const credentialsHint =
  'give AWS credentials that may use ECR: AWS_PROFILE, AWS_ACCESS_KEY_ID and its kin, or a role of this machine';

const noCredentials = /^(?:CredentialsProviderError|TokenProviderError)$/;
const denied =
  /^(?:AccessDenied(?:Exception)?|UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch|ExpiredToken(?:Exception)?|InvalidClientTokenId|MissingAuthenticationToken(?:Exception)?|IncompleteSignature)$/;
const unknownRepository = /^(?:RepositoryNotFoundException|RegistryNotFound)$/;
const throttled = /^(?:Throttling(?:Exception)?|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/;

/** Whether there are no AWS credentials at all, so that nothing was asked. */
export function lacksCredentials(error: unknown): boolean {
  return error instanceof Error && noCredentials.test(error.name);
}

/** The catalogue's error for a failed call of ECR's API. `doing` reads "get a login for …". */
export function ecrFailure(error: unknown, doing: string, region: string): TwinhullError {
  if (TwinhullError.is(error)) return error;
  if (error instanceof z.ZodError) {
    return new TwinhullError('RegistryRefused', `cannot ${doing}: its answer is not ECR's: ${z.prettifyError(error)}`, {
      cause: error,
      hint: 'check what AWS_ENDPOINT_URL names',
    });
  }
  const { name = '', status } = detailsOf(error);
  const words = `cannot ${doing}: ${reasonOf(error)}`;
  if (lacksCredentials(error)) {
    return new TwinhullError('RegistryAccessDenied', words, { cause: error, hint: credentialsHint });
  }
  if (denied.test(name)) {
    const hint = `${credentialsHint}; what is missing is named above`;
    return new TwinhullError('RegistryAccessDenied', `${words} (${name})`, { cause: error, hint });
  }
  if (unknownRepository.test(name)) {
    const hint = `create it in ${region}, or correct ECR_REPOSITORY or the destination`;
    return new TwinhullError('RegistryRefused', words, { cause: error, hint });
  }
  if (status !== undefined && status < 500 && !throttled.test(name)) {
    return new TwinhullError('RegistryRefused', `${words} (${name})`, { cause: error });
  }
  return new TwinhullError(
    'RegistryUnreachable',
    `cannot ${doing}: ECR in ${region} gave no answer: ${reasonOf(error)}`,
    {
      cause: error,
      hint: 'check the region, the proxy, and the network path to ECR (an endpoint in the VPC, or NAT)',
    },
  );
}

function detailsOf(error: unknown): { readonly name?: string; readonly status?: number | undefined } {
  if (!(error instanceof Error)) return {};
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata;
  return { name: error.name, status: metadata?.httpStatusCode };
}
