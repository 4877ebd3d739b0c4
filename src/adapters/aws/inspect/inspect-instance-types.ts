import * as z from 'zod';
import type { Platform } from '../../../domain/platform.ts';
import { type AwsAnswer, askBy, mapAwsAnswer } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { InstanceTypeFacts } from './facts.ts';

const offerings = z.object({
  InstanceTypeOfferings: z.array(z.object({ InstanceType: z.string(), Location: z.string().default('') })).default([]),
});

/** The subset of these types (or families) that the region offers. */
export async function inspectOfferedTypes(
  place: AwsPlace,
  names: readonly string[],
): Promise<AwsAnswer<ReadonlySet<string>>> {
  return mapAwsAnswer(await locationsOf(place, 'region', names), (found) => new Set(found.keys()));
}

/** The availability zones that offer each of these types (or of these families); types without one are omitted. */
export async function inspectTypeZones(
  place: AwsPlace,
  names: readonly string[],
): Promise<AwsAnswer<ReadonlyMap<string, readonly string[]>>> {
  return locationsOf(place, 'availability-zone', names);
}

async function locationsOf(
  place: AwsPlace,
  LocationType: 'region' | 'availability-zone',
  names: readonly string[],
): Promise<AwsAnswer<ReadonlyMap<string, readonly string[]>>> {
  const { EC2Client, paginateDescribeInstanceTypeOfferings } = await import('@aws-sdk/client-ec2');
  const client = new EC2Client(clientOptions(place));
  return askBy(client, 'ec2:DescribeInstanceTypeOfferings', async () => {
    const found = new Map<string, string[]>();
    const query = { LocationType, Filters: [{ Name: 'instance-type', Values: names.map(typePattern) }] };
    for await (const page of paginateDescribeInstanceTypeOfferings({ client }, query))
      for (const { InstanceType, Location } of offerings.parse(page).InstanceTypeOfferings)
        found.set(InstanceType, [...(found.get(InstanceType) ?? []), Location].sort());
    return found;
  });
}

const types = z.object({
  InstanceTypes: z
    .array(
      z.object({
        InstanceType: z.string(),
        ProcessorInfo: z.object({ SupportedArchitectures: z.array(z.string()).default([]) }),
        VCpuInfo: z.object({ DefaultVCpus: z.number() }),
        MemoryInfo: z.object({ SizeInMiB: z.number() }),
      }),
    )
    .default([]),
});

const platformsByArchitecture: Readonly<Record<string, Platform>> = { arm64: 'linux/arm64', x86_64: 'linux/amd64' };

/** Architecture and size of these types (or all types of these families); those that the region lacks are omitted. */
export async function inspectInstanceTypes(
  place: AwsPlace,
  names: readonly string[],
): Promise<AwsAnswer<readonly InstanceTypeFacts[]>> {
  const { EC2Client, paginateDescribeInstanceTypes } = await import('@aws-sdk/client-ec2');
  const client = new EC2Client(clientOptions(place));
  return askBy(client, 'ec2:DescribeInstanceTypes', async () => {
    const found: InstanceTypeFacts[] = [];
    const Filters = [{ Name: 'instance-type', Values: names.map(typePattern) }];
    for await (const page of paginateDescribeInstanceTypes({ client }, { Filters })) {
      for (const { InstanceType, ProcessorInfo, VCpuInfo, MemoryInfo } of types.parse(page).InstanceTypes) {
        found.push({
          name: InstanceType,
          platforms: ProcessorInfo.SupportedArchitectures.flatMap((name) => platformsByArchitecture[name] ?? []),
          vcpus: VCpuInfo.DefaultVCpus,
          memory: MemoryInfo.SizeInMiB,
        });
      }
    }
    return found;
  });
}

/** A family means all of its sizes, as in a compute environment. */
function typePattern(name: string): string {
  return name.includes('.') ? name : `${name}.*`;
}
