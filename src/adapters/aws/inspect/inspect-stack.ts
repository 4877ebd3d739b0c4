import * as z from 'zod';
import { reasonOf } from '../../../domain/errors/twinhull-error.ts';
import { type AwsAnswer, ask } from '../sdk/aws-errors.ts';
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
  const formation = await import('@aws-sdk/client-cloudformation');
  const { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } = formation;
  const client = new CloudFormationClient(clientOptions(place));
  try {
    const stack = await ask('cloudformation:DescribeStacks', async () => {
      const answer = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
        if (isMissing(error)) return { Stacks: [] };
        throw error;
      });
      return stacks.parse(answer).Stacks[0];
    });
    if ('failure' in stack) return stack;
    const { value: found } = stack;
    if (found === undefined) return { value: undefined };
    return await ask('cloudformation:ListStackResources', async () => {
      const ids = new Set<string>();
      for await (const page of paginateListStackResources({ client }, { StackName: name }))
        for (const { PhysicalResourceId: id } of resources.parse(page).StackResourceSummaries) if (id) ids.add(id);
      return { name: found.StackName, status: found.StackStatus, description: found.Description, resources: ids };
    });
  } finally {
    client.destroy();
  }
}

/** CloudFormation reports a missing stack as a ValidationError, with the reason in the message alone. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && reasonOf(error).includes('does not exist');
}
