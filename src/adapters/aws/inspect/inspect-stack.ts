import * as z from 'zod';
import { reasonOf } from '../../../domain/errors/twinhull-error.ts';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { StackFacts } from './facts.ts';

const stacks = z.object({
  Stacks: z
    .array(z.object({ StackName: z.string(), StackStatus: z.string(), Description: z.string().default('') }))
    .default([]),
});

const resources = z.object({
  StackResourceSummaries: z.array(z.object({ PhysicalResourceId: z.string().optional() })).default([]),
});

/** A stack of CloudFormation by name, and the resources in it; undefined when there is none. */
export async function inspectStack(place: AwsPlace, name: string): Promise<AwsAnswer<StackFacts | undefined>> {
  const described = await describeStack(place, name);
  if ('failure' in described || described.value === undefined) return described as AwsAnswer<undefined>;
  const { value: found } = described;
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  return askBy(new CloudFormationClient(clientOptions(place)), 'cloudformation:ListStackResources', async (client) => {
    const ids = new Set<string>();
    for await (const page of paginateListStackResources({ client }, { StackName: name }))
      for (const { PhysicalResourceId: id } of resources.parse(page).StackResourceSummaries) if (id) ids.add(id);
    return { ...found, resources: ids };
  });
}

/** A stack of CloudFormation by name; undefined when there is none. */
export async function describeStack(
  place: AwsPlace,
  name: string,
): Promise<AwsAnswer<Omit<StackFacts, 'resources'> | undefined>> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  return askBy(new CloudFormationClient(clientOptions(place)), 'cloudformation:DescribeStacks', async (client) => {
    const answer = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
      if (isMissing(error)) return { Stacks: [] };
      throw error;
    });
    const [found] = stacks.parse(answer).Stacks;
    return found && { name: found.StackName, status: found.StackStatus, description: found.Description };
  });
}

/** CloudFormation reports a missing stack as a ValidationError, with the reason in the message alone. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && reasonOf(error).includes('does not exist');
}
