import type { InstanceTypeFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type Platform, platformSuffix } from '../../../domain/platform.ts';
import type { Asker } from '../aws/failure-result.ts';
import { isBatchKeyword, isOfType, keywordPlatform } from '../aws/hosts-check.ts';
import { type CheckResult, ok, problem, warning } from '../check.ts';
import type { PlannedHosts } from './planned-stack.ts';

/** Types that are proposed where the region lacks a configured one: 4 vCPUs, in the order of their generations. */
export const alternatives: Readonly<Record<Platform, readonly string[]>> = {
  'linux/arm64': ['m8g.xlarge', 'c8g.xlarge', 'm7g.xlarge', 'c7g.xlarge', 'm6g.xlarge', 'c6g.xlarge'],
  'linux/amd64': ['m7i.xlarge', 'c7i.xlarge', 'm6i.xlarge', 'c6i.xlarge', 'm5.xlarge', 'c5.xlarge'],
};

/** What EC2 offers, and where hosts are to start. */
export interface TypeOffers {
  /** The zones that offer each type. */
  readonly offers: ReadonlyMap<string, readonly string[]>;
  /** The zones of the hosts; undefined where existing subnets determine them. */
  readonly zones: readonly string[] | undefined;
  /** Undefined when it could not be determined. */
  readonly types: readonly InstanceTypeFacts[] | undefined;
}

/**
 * Whether the region offers every configured type, of the right architecture, and each zone of the hosts at least one.
 * A missing type is a problem: Batch refuses to create hosts of it, and the deployment is rolled back.
 */
export function judgeTypeOffers(
  name: string,
  { platform, instanceTypes }: PlannedHosts,
  { offers, zones, types }: TypeOffers,
  { region }: Asker,
): readonly CheckResult[] {
  const named = instanceTypes.filter((type) => !isBatchKeyword(type));
  const zonesOf = (type: string) => [...offers].flatMap(([one, places]) => (isOfType(one, type) ? places : []));
  const missing = named.filter((type) => zonesOf(type).length === 0);
  const offered = named.filter((type) => !missing.includes(type));
  const option = `${platformSuffix(platform)}InstanceTypes`;
  const choose = adviceFor(option, [...offered, ...alternatives[platform].filter((type) => zonesOf(type).length > 0)]);
  const foreign = instanceTypes.filter((type) => isForeign(type, platform, types));
  const results: CheckResult[] = [];
  if (foreign.length > 0) results.push(problem(name, `${foreign.join(', ')}: not ${platform}`, choose));
  if (missing.length > 0)
    results.push(problem(name, `${region} does not offer ${missing.join(', ')}: the deployment fails`, choose));
  const isEmpty = (zone: string) => !offered.some((type) => zonesOf(type).includes(zone));
  // Batch's keywords include types that every zone offers.
  const empty = offered.length === 0 || instanceTypes.some(isBatchKeyword) ? [] : (zones ?? []).filter(isEmpty);
  if (empty.length > 0) results.push(emptyZones(name, offered, empty, empty.length === zones?.length, choose));
  if (results.length > 0) return results;
  const places = named.map((type) => `${type} (${[...new Set(zonesOf(type))].sort().join(', ')})`);
  return [ok(name, [...places, ...instanceTypes.filter(isBatchKeyword)].join(', '))];
}

function emptyZones(
  name: string,
  offered: readonly string[],
  empty: readonly string[],
  isAll: boolean,
  choose: string,
): CheckResult {
  const detail = `no host can start in ${empty.join(', ')}: none of ${offered.join(', ')} is offered there`;
  if (isAll) return problem(name, detail, `choose other zones (-c availabilityZones=...), or ${choose}`);
  return warning(
    name,
    detail,
    `choose other zones (-c availabilityZones=...), further types, or accept the other zones`,
  );
}

function adviceFor(option: string, usable: readonly string[]): string {
  const list = [...new Set(usable)];
  if (list.length === 0) return `choose others: -c ${option}=...`;
  return `choose among those that it offers, such as -c ${option}=${list.slice(0, 4).join(',')}`;
}

function isForeign(type: string, platform: Platform, types: readonly InstanceTypeFacts[] | undefined): boolean {
  const known = keywordPlatform(type) ?? types?.find((one) => isOfType(one.name, type))?.platforms;
  return known !== undefined && ![known].flat().includes(platform);
}
