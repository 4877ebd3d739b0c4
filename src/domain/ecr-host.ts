/** The host of a private ECR registry, in any partition. */
export interface EcrHost {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Whether it is the FIPS endpoint. */
  readonly fips: boolean;
}

/**
 * Domain suffixes of AWS's partitions: commercial and GovCloud, China, Europe, and those isolated from the internet.
 */
const suffixes = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
  'on.aws',
  'on.amazonwebservices.com.cn',
  'on.amazonwebservices.eu',
];

const pattern = /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.(.+)$/;

/**
 * Parses `{account}.dkr.ecr.{region}.amazonaws.com` and its variants
 * (https://docs.aws.amazon.com/general/latest/gr/ecr.html); undefined for any other host.
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const [, account = '', fips, region = '', suffix = ''] = pattern.exec(host) ?? [];
  return suffixes.includes(suffix) ? { account, region, fips: fips !== undefined } : undefined;
}
