import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';

const quota = z.object({ Quota: z.object({ Value: z.number() }) });

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vCPUs. */
export const onDemandVcpus = 'L-1216C47A';
/** The same for Spot instances. */
export const spotVcpus = 'L-34B43A08';

/** How many vCPUs the account may run at once in the region. */
export async function inspectVcpuQuota(place: AwsPlace, code: string): Promise<AwsAnswer<number>> {
  const { ServiceQuotasClient, GetServiceQuotaCommand } = await import('@aws-sdk/client-service-quotas');
  const client = new ServiceQuotasClient(clientOptions(place));
  return askBy(client, 'servicequotas:GetServiceQuota', async () => {
    const answer = await client.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: code }));
    return quota.parse(answer).Quota.Value;
  });
}
