import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { ComputeEnvironmentFacts, QueueFacts } from './facts.ts';

const queues = z.object({
  jobQueues: z
    .array(
      z.object({
        jobQueueName: z.string(),
        jobQueueArn: z.string(),
        state: z.string(),
        status: z.string().default('VALID'),
        statusReason: z.string().optional(),
        computeEnvironmentOrder: z.array(z.object({ order: z.number(), computeEnvironment: z.string() })).default([]),
      }),
    )
    .default([]),
});

/** A queue by name or ARN; undefined when there is none. */
export async function inspectQueue(place: AwsPlace, queue: string): Promise<AwsAnswer<QueueFacts | undefined>> {
  const { BatchClient, DescribeJobQueuesCommand } = await import('@aws-sdk/client-batch');
  const client = new BatchClient(clientOptions(place));
  return askBy(client, 'batch:DescribeJobQueues', async () => {
    const answer = await client.send(new DescribeJobQueuesCommand({ jobQueues: [queue] }));
    const [found] = queues.parse(answer).jobQueues;
    return (
      found && {
        name: found.jobQueueName,
        arn: found.jobQueueArn,
        state: found.state,
        status: found.status,
        statusReason: found.statusReason,
        computeEnvironments: found.computeEnvironmentOrder
          .toSorted((one, other) => one.order - other.order)
          .map(({ computeEnvironment }) => computeEnvironment),
      }
    );
  });
}

const environments = z.object({
  computeEnvironments: z
    .array(
      z.object({
        computeEnvironmentName: z.string(),
        computeEnvironmentArn: z.string(),
        state: z.string().default('ENABLED'),
        status: z.string().default('VALID'),
        statusReason: z.string().optional(),
        computeResources: z
          .object({
            type: z.string(),
            maxvCpus: z.number(),
            instanceTypes: z.array(z.string()).default([]),
            subnets: z.array(z.string()).default([]),
          })
          .optional(),
      }),
    )
    .default([]),
});

/** Compute environments by name or ARN, at most 100. */
export async function inspectComputeEnvironments(
  place: AwsPlace,
  names: readonly string[],
): Promise<AwsAnswer<readonly ComputeEnvironmentFacts[]>> {
  const { BatchClient, DescribeComputeEnvironmentsCommand } = await import('@aws-sdk/client-batch');
  const client = new BatchClient(clientOptions(place));
  return askBy(client, 'batch:DescribeComputeEnvironments', async () => {
    const answer = await client.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments: [...names] }));
    return environments.parse(answer).computeEnvironments.map((found) => ({
      name: found.computeEnvironmentName,
      arn: found.computeEnvironmentArn,
      state: found.state,
      status: found.status,
      statusReason: found.statusReason,
      resource: found.computeResources?.type,
      maxVcpus: found.computeResources?.maxvCpus ?? 0,
      instanceTypes: found.computeResources?.instanceTypes ?? [],
      subnets: found.computeResources?.subnets ?? [],
    }));
  });
}
