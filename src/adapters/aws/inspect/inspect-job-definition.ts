import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import { definitionQuery } from '../sdk/definition-query.ts';
import type { JobDefinitionFacts } from './facts.ts';

const definition = z.object({
  jobDefinitionArn: z.string(),
  jobDefinitionName: z.string(),
  revision: z.number(),
  status: z.string().default('ACTIVE'),
  containerProperties: z
    .object({
      image: z.string().default(''),
      command: z.array(z.string()).default([]),
      privileged: z.boolean().default(false),
      user: z.string().optional(),
      environment: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
      mountPoints: z
        .array(z.object({ containerPath: z.string().default(''), sourceVolume: z.string().default('') }))
        .default([]),
      volumes: z
        .array(
          z.object({ name: z.string().default(''), host: z.object({ sourcePath: z.string().optional() }).optional() }),
        )
        .default([]),
      resourceRequirements: z.array(z.object({ type: z.string(), value: z.string() })).default([]),
      vcpus: z.number().default(0),
      memory: z.number().default(0),
    })
    .optional(),
  timeout: z.object({ attemptDurationSeconds: z.number().optional() }).optional(),
});

const definitions = z.object({ jobDefinitions: z.array(definition).default([]) });

/** `name` (its latest active revision), `name:revision` or an ARN; undefined when there is none. */
export async function inspectJobDefinition(
  place: AwsPlace,
  reference: string,
): Promise<AwsAnswer<JobDefinitionFacts | undefined>> {
  const { BatchClient, paginateDescribeJobDefinitions } = await import('@aws-sdk/client-batch');
  const client = new BatchClient(clientOptions(place));
  return askBy(client, 'batch:DescribeJobDefinitions', async () => {
    let latest: z.infer<typeof definition> | undefined;
    for await (const page of paginateDescribeJobDefinitions({ client }, definitionQuery(reference))) {
      for (const found of definitions.parse(page).jobDefinitions)
        if (latest === undefined || found.revision > latest.revision) latest = found;
    }
    return latest && factsOf(latest);
  });
}

function factsOf(found: z.infer<typeof definition>): JobDefinitionFacts {
  const properties = found.containerProperties;
  const paths = new Map(properties?.volumes.map(({ name, host }) => [name, host?.sourcePath ?? '']));
  const required = (type: string): number =>
    Number(properties?.resourceRequirements.find((one) => one.type === type)?.value ?? 0);
  return {
    arn: found.jobDefinitionArn,
    name: found.jobDefinitionName,
    revision: found.revision,
    status: found.status,
    image: properties?.image ?? '',
    command: properties?.command ?? [],
    privileged: properties?.privileged ?? false,
    user: properties?.user,
    mounts: (properties?.mountPoints ?? []).map(({ containerPath, sourceVolume }) => ({
      hostPath: paths.get(sourceVolume) ?? '',
      containerPath,
    })),
    environment: new Map(properties?.environment.map(({ name, value }) => [name, value])),
    vcpus: required('VCPU') || (properties?.vcpus ?? 0),
    memory: required('MEMORY') || (properties?.memory ?? 0),
    timeoutSeconds: found.timeout?.attemptDurationSeconds,
  };
}
