import type { DescribeJobDefinitionsCommandInput } from '@aws-sdk/client-batch';
import { resourceNameOf } from './resource-name.ts';

/** DescribeJobDefinitions requires a revision in `jobDefinitions`, and takes a bare name in `jobDefinitionName`. */
export function definitionQuery(reference: string): DescribeJobDefinitionsCommandInput {
  const name = resourceNameOf(reference);
  return name.includes(':') ? { jobDefinitions: [reference] } : { jobDefinitionName: name, status: 'ACTIVE' };
}
