import type { Answer } from '../aws/aws-failure.ts';
import { type AwsPlace, sharedTransport } from '../aws/client-options.ts';
import type { SharedTransport } from '../aws/sdk-transport.ts';
import type {
  ComputeEnvironmentFacts,
  IdentityFacts,
  InstanceTypeFacts,
  JobDefinitionFacts,
  NetworkFacts,
  QueueFacts,
  RepositoryFacts,
  SecretFacts,
} from './facts.ts';
import { inspectIdentity } from './inspect-identity.ts';
import { inspectInstanceTypes, inspectOfferedTypes } from './inspect-instance-types.ts';
import { inspectJobDefinition } from './inspect-job-definition.ts';
import { inspectNetwork } from './inspect-network.ts';
import { inspectComputeEnvironments, inspectQueue } from './inspect-queues.ts';
import { inspectVcpuQuota } from './inspect-quota.ts';
import { inspectRepository } from './inspect-repository.ts';
import { inspectSecret } from './inspect-secret.ts';

/**
 * Questions to AWS that change nothing. None throws because of what AWS answers, or that it does not; each throws
 * SettingInvalid where the proxy or CA bundle of the environment cannot be used. Each SDK client is loaded when it is
 * first asked.
 */
export interface AwsInspector {
  identity(): Promise<Answer<IdentityFacts>>;
  queue(name: string): Promise<Answer<QueueFacts | undefined>>;
  computeEnvironments(names: readonly string[]): Promise<Answer<readonly ComputeEnvironmentFacts[]>>;
  jobDefinition(reference: string): Promise<Answer<JobDefinitionFacts | undefined>>;
  secret(id: string): Promise<Answer<SecretFacts>>;
  repository(name: string): Promise<Answer<RepositoryFacts>>;
  offeredTypes(names: readonly string[]): Promise<Answer<ReadonlySet<string>>>;
  instanceTypes(names: readonly string[]): Promise<Answer<readonly InstanceTypeFacts[]>>;
  vcpuQuota(code: string): Promise<Answer<number>>;
  network(subnets: readonly string[]): Promise<Answer<NetworkFacts>>;
}

export interface OpenAwsInspector extends AwsInspector {
  /** Ends the connections, which all questions share. */
  close(): Promise<void>;
}

export function awsInspector({ region }: AwsPlace): OpenAwsInspector {
  let transport: SharedTransport | undefined;
  const place = (): AwsPlace => ({ region, transport: (transport ??= sharedTransport()) });
  return {
    identity: async () => inspectIdentity(place()),
    queue: async (name) => inspectQueue(place(), name),
    computeEnvironments: async (names) => inspectComputeEnvironments(place(), names),
    jobDefinition: async (reference) => inspectJobDefinition(place(), reference),
    secret: async (id) => inspectSecret(place(), id),
    repository: async (name) => inspectRepository(place(), name),
    offeredTypes: async (names) => inspectOfferedTypes(place(), names),
    instanceTypes: async (names) => inspectInstanceTypes(place(), names),
    vcpuQuota: async (code) => inspectVcpuQuota(place(), code),
    network: async (subnets) => inspectNetwork(place(), subnets),
    close: async () => transport?.close(),
  };
}
