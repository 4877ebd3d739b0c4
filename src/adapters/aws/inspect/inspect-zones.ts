import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';

const zones = z.object({ AvailabilityZones: z.array(z.object({ ZoneName: z.string() })).default([]) });

/** The names of the availability zones that the account has in the region. */
export async function inspectZones(place: AwsPlace): Promise<AwsAnswer<readonly string[]>> {
  const { EC2Client, DescribeAvailabilityZonesCommand } = await import('@aws-sdk/client-ec2');
  const client = new EC2Client(clientOptions(place));
  return askBy(client, 'ec2:DescribeAvailabilityZones', async () => {
    const query = { Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] };
    const answer = await client.send(new DescribeAvailabilityZonesCommand(query));
    return zones.parse(answer).AvailabilityZones.map(({ ZoneName }) => ZoneName);
  });
}
