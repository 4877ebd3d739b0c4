import {
  type ContainerProperties,
  DeregisterJobDefinitionCommand,
  DescribeJobDefinitionsCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch';
import type { AwsE2eBed } from './aws-e2e-bed.ts';

export interface OwnJobDefinition {
  /** The value for BUILD_JOB_DEFINITION. */
  readonly name: string;
  remove(): Promise<void>;
}

/** Registers the stack's job definition again under a name of the test's own, with another container. */
export async function registerJobDefinition(
  { batch, bed, lab }: AwsE2eBed,
  change: (container: ContainerProperties) => Partial<ContainerProperties>,
): Promise<OwnJobDefinition> {
  const standard = lab.aws.settings['BUILD_JOB_DEFINITION'] ?? '';
  const described = await batch.send(new DescribeJobDefinitionsCommand({ jobDefinitions: [standard] }));
  const [definition] = described.jobDefinitions ?? [];
  const container = definition?.containerProperties;
  if (definition === undefined || container === undefined) throw new Error(`there is no job definition ${standard}`);
  const registered = await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: bed.name,
      type: 'container',
      platformCapabilities: ['EC2'],
      timeout: definition.timeout,
      retryStrategy: definition.retryStrategy,
      containerProperties: { ...container, ...change(container) },
    }),
  );
  const jobDefinition = registered.jobDefinitionArn ?? '';
  return {
    name: bed.name,
    async remove() {
      await batch.send(new DeregisterJobDefinitionCommand({ jobDefinition }));
    },
  };
}
