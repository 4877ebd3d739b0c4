import type { AwsFailure, AwsFailureKind } from './aws-errors.ts';

const outside: ReadonlySet<AwsFailureKind> = new Set([
  'unreachable',
  'no-such-host',
  'untrusted',
  'throttled',
  'failing',
]);

const access: ReadonlySet<AwsFailureKind> = new Set([
  'no-credentials',
  'expired',
  'clock',
  'unknown-credentials',
  'denied',
]);

/** Whether the failure is in AWS or on the way to it, and not in the request. */
export function isOutside(kind: AwsFailureKind): boolean {
  return outside.has(kind);
}

/** Whether credentials are missing or lack the permission. */
export function isAccess(kind: AwsFailureKind): boolean {
  return access.has(kind);
}

/** A clause that can begin a sentence. */
export function failureMeaning(kind: AwsFailureKind): string {
  return meanings[kind];
}

const meanings = {
  'no-credentials': 'there are no AWS credentials',
  expired: 'the AWS credentials have expired',
  clock: 'AWS does not accept the signature',
  'unknown-credentials': 'AWS does not recognize these credentials',
  denied: 'AWS denies permission',
  throttled: 'AWS is throttling requests',
  failing: 'AWS has an internal error',
  'no-such-host': 'the endpoint has no address',
  unreachable: 'AWS does not respond',
  untrusted: 'the certificate of the endpoint is not trusted',
  'not-found': 'it does not exist',
  refused: 'AWS refused',
} as const;

/** What to do about it, for an error's hint. `regionSetting` is where the caller named the region. */
export function failureAdvice({ kind, action }: AwsFailure, region: string, regionSetting = 'BATCH_REGION'): string {
  switch (kind) {
    case 'denied':
      return `allow ${action} to the caller, or use credentials that have this permission`;
    case 'throttled':
    case 'failing':
      return 'try again in a minute';
    case 'no-credentials':
      return 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached';
    case 'expired':
      return 'log in again (aws sso login), or fetch new temporary credentials, including AWS_SESSION_TOKEN';
    case 'clock':
      return 'set the clock of this machine (timedatectl), and check that the secret key belongs to the key id';
    case 'unknown-credentials':
      return `use credentials of the partition of ${region}: aws, aws-us-gov and aws-cn are separate`;
    case 'no-such-host':
      return `check that ${regionSetting} (${region}) is correct and offers ${serviceOf(action)}, and that DNS and AWS_ENDPOINT_URL resolve`;
    case 'unreachable':
      return `check firewall and proxy; without internet access, add a VPC endpoint of ${serviceOf(action)} in ${region}`;
    case 'untrusted':
      return 'set AWS_CA_BUNDLE to a file with the CA of a proxy that intercepts TLS';
    default:
      return `check the reason; if it is unclear, try: aws ${serviceOf(action)} --region ${region}`;
  }
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':'));
}
