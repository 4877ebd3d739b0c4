import type { DescribeJobDefinitionsCommandInput } from '@aws-sdk/client-batch';

/** DescribeJobDefinitions wants a revision in what it is given by id, and takes a bare name in another member. */
export function definitionQuery(reference: string): DescribeJobDefinitionsCommandInput {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return name.includes(':') ? { jobDefinitions: [reference] } : { jobDefinitionName: name, status: 'ACTIVE' };
}
