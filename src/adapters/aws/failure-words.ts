import type { AwsFailure, AwsFailureKind } from './aws-failure.ts';

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

/** Whether AWS or the way to it fails, and not what is asked. */
export function isOutside(kind: AwsFailureKind): boolean {
  return outside.has(kind);
}

/** Whether it is for want of credentials that may ask this. */
export function isAccess(kind: AwsFailureKind): boolean {
  return access.has(kind);
}

/** In words that begin a sentence. */
export function failureMeaning(kind: AwsFailureKind): string {
  return meanings[kind];
}

const meanings = {
  'no-credentials': 'there are no AWS credentials',
  expired: 'the AWS credentials have expired',
  clock: 'AWS does not accept the signature',
  'unknown-credentials': 'AWS does not know these credentials',
  denied: 'AWS does not allow it',
  throttled: 'AWS has no time',
  failing: 'AWS has trouble of its own',
  'no-such-host': 'the endpoint has no address',
  unreachable: 'AWS does not answer',
  untrusted: 'the certificate of the endpoint is not trusted',
  'not-found': 'there is no such thing',
  refused: 'AWS refused',
} as const;

/** What to do. */
export function failureAdvice({ kind, action }: AwsFailure, region: string): string {
  switch (kind) {
    case 'denied':
      return `allow ${action} to the caller, or let somebody do it who may`;
    case 'throttled':
    case 'failing':
      return 'try again in a minute';
    case 'no-credentials':
      return 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached';
    case 'expired':
      return 'log in again (aws sso login), or fetch fresh temporary credentials, AWS_SESSION_TOKEN among them';
    case 'clock':
      return 'set the clock of this machine (timedatectl), and see that the secret key belongs to the key id';
    case 'unknown-credentials':
      return `take credentials of the partition of ${region}: those of aws, aws-us-gov and aws-cn do not know each other`;
    case 'no-such-host':
      return `see whether BATCH_REGION (${region}) is spelt right and has ${serviceOf(action)}, and whether names are resolved (AWS_ENDPOINT_URL, DNS)`;
    case 'unreachable':
      return `see firewall and proxy; without internet it takes a VPC endpoint of ${serviceOf(action)} in ${region}`;
    case 'untrusted':
      return 'a proxy that opens TLS needs its CA in the file that AWS_CA_BUNDLE names';
    default:
      return `see the reason; if it says nothing, try: aws ${serviceOf(action)} --region ${region}`;
  }
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':'));
}
