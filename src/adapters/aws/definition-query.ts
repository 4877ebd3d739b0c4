import type { DescribeJobDefinitionsCommandInput } from '@aws-sdk/client-batch';
import { resourceNameOf } from './resource-name.ts';

/** DescribeJobDefinitions wants a revision in what it is given by id, and takes a bare name in another member. */
export function definitionQuery(reference: string): DescribeJobDefinitionsCommandInput {
  const name = resourceNameOf(reference);
  return name.includes(':') ? { jobDefinitions: [reference] } : { jobDefinitionName: name, status: 'ACTIVE' };
}
