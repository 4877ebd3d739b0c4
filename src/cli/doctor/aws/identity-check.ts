import type { IdentityFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { AwsSettings } from '../../../settings/settings.ts';
import { type CheckResult, ok, problem } from '../check.ts';
import { parseArn, partitionOf } from './arn.ts';

/** Whose credentials are used, and whether region, partition and the ARNs of the settings match them. */
export function judgeIdentity(
  name: string,
  { account, arn }: IdentityFacts,
  settings: AwsSettings,
): readonly CheckResult[] {
  const { region } = settings;
  const partition = parseArn(arn)?.partition;
  const expected = partitionOf(region);
  if (partition !== undefined && partition !== expected) {
    const detail = `${arn} belongs to the partition ${partition}, but ${region} to ${expected}`;
    return [problem(name, detail, `use credentials of ${expected} (AWS_PROFILE), or correct BATCH_REGION`)];
  }
  const strangers = namedThings(settings).flatMap(([setting, value]) =>
    strangerResult(name, setting, value, { region, account, expected }),
  );
  return strangers.length > 0 ? strangers : [ok(name, `${arn}, account ${account}, ${region}`)];
}

function namedThings(settings: AwsSettings): readonly (readonly [string, string])[] {
  const { arm64Queue, amd64Queue, jobDefinition, gitSecrets, buildSecretIds } = settings;
  const single = [
    ['BUILD_ARM64_QUEUE', arm64Queue],
    ['BUILD_AMD64_QUEUE', amd64Queue],
    ['BUILD_JOB_DEFINITION', jobDefinition],
  ] as const;
  return [
    ...single.flatMap(([setting, value]) => (value === undefined ? [] : [[setting, value] as const])),
    ...gitSecrets.map(({ setting, id }) => [setting, id] as const),
    ...[...buildSecretIds.values()].map((value) => ['TWINHULL_BUILD_SECRETS', value] as const),
  ];
}

/** A secret may belong to another account, but no resource may be in another region or partition. */
function strangerResult(
  name: string,
  setting: string,
  value: string,
  { region, account, expected }: { region: string; account: string; expected: string },
): readonly CheckResult[] {
  const arn = parseArn(value);
  if (arn === undefined) return [];
  const isForeignAccount = arn.service === 'batch' && arn.account !== account;
  const problems = [
    arn.partition !== expected && `of the partition ${arn.partition}, not ${expected}`,
    arn.region !== region && `in ${arn.region}, not ${region}`,
    isForeignAccount && `of account ${arn.account}, not ${account}`,
  ].filter((one) => one !== false);
  if (problems.length === 0) return [];
  return [
    problem(
      name,
      `${setting} is ${value}: ${problems.join(', ')}`,
      `correct ${setting}, BATCH_REGION or the credentials`,
    ),
  ];
}
