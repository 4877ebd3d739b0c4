import type { AwsFailure } from '../../../adapters/aws-inspect/aws-failure.ts';
import { type CheckResult, problem, warning } from '../check.ts';

/** Who asked and where: what advice has to name. */
export interface Asker {
  readonly region: string;
  /** ARN of the caller; undefined while it is not known. */
  readonly caller?: string | undefined;
}

/**
 * A question that got no answer. What was not allowed to be asked may well be in order, so it is a warning; all else is
 * in the way of builds too.
 */
export function failureResult(name: string, failure: AwsFailure, asker: Asker): CheckResult {
  const { kind, action, reason } = failure;
  if (kind === 'denied')
    return warning(
      name,
      `not found out: ${asker.caller ?? 'the caller'} may not ${action}`,
      `allow ${action} to it, or let somebody look who may`,
    );
  if (kind === 'throttled')
    return warning(name, `not found out: AWS has no time for ${action} (${reason})`, 'run doctor again');
  const advice = adviceFor(failure, asker);
  const isOutside = kind === 'unreachable' || kind === 'no-such-host' || kind === 'untrusted';
  return {
    ...problem(name, `${meanings[kind]}: ${action} in ${asker.region} failed: ${reason}`, advice),
    code: isOutside ? 'BackendUnreachable' : 'AwsAccessDenied',
  };
}

const meanings = {
  'no-credentials': 'there are no AWS credentials',
  expired: 'the AWS credentials have expired',
  clock: 'AWS does not accept the signature',
  'unknown-credentials': 'AWS does not know these credentials',
  'no-such-host': 'the endpoint has no address',
  unreachable: 'AWS does not answer',
  untrusted: 'the certificate of the endpoint is not trusted',
  'not-found': 'there is no such thing',
  refused: 'AWS refused',
} as const;

function adviceFor({ kind, action }: AwsFailure, { region }: Asker): string {
  switch (kind) {
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
