import type { AwsAnswer } from '../sdk/aws-errors.ts';
import { type AwsPlace, sharedTransport } from '../sdk/client-options.ts';
import type { SharedTransport } from '../sdk/sdk-transport.ts';
import type {
  ComputeEnvironmentFacts,
  IdentityFacts,
  InstanceTypeFacts,
  JobDefinitionFacts,
  NetworkFacts,
  QueueFacts,
  RepositoryFacts,
  SecretFacts,
  StackFacts,
} from './facts.ts';
import { inspectIdentity } from './inspect-identity.ts';
import { inspectInstanceTypes, inspectOfferedTypes, inspectTypeZones } from './inspect-instance-types.ts';
import { inspectJobDefinition } from './inspect-job-definition.ts';
import { inspectNetwork } from './inspect-network.ts';
import { inspectComputeEnvironments, inspectQueue } from './inspect-queues.ts';
import { inspectVcpuQuota } from './inspect-quota.ts';
import { inspectRepository } from './inspect-repository.ts';
import { inspectSecret } from './inspect-secret.ts';
import { inspectStack } from './inspect-stack.ts';
import { inspectZones } from './inspect-zones.ts';

/**
 * Read-only queries to AWS. A failed query is returned, not thrown; only an unusable proxy or CA bundle of the
 * environment throws, as SettingInvalid. Each SDK client is loaded on first use.
 */
export interface AwsInspector {
  identity(): Promise<AwsAnswer<IdentityFacts>>;
  queue(name: string): Promise<AwsAnswer<QueueFacts | undefined>>;
  computeEnvironments(names: readonly string[]): Promise<AwsAnswer<readonly ComputeEnvironmentFacts[]>>;
  jobDefinition(reference: string): Promise<AwsAnswer<JobDefinitionFacts | undefined>>;
  secret(id: string): Promise<AwsAnswer<SecretFacts>>;
  repository(name: string): Promise<AwsAnswer<RepositoryFacts>>;
  offeredTypes(names: readonly string[]): Promise<AwsAnswer<ReadonlySet<string>>>;
  instanceTypes(names: readonly string[]): Promise<AwsAnswer<readonly InstanceTypeFacts[]>>;
  vcpuQuota(code: string): Promise<AwsAnswer<number>>;
  network(subnets: readonly string[]): Promise<AwsAnswer<NetworkFacts>>;
}

/** The further queries of `doctor --before-deploy`. */
export interface StackInspector extends AwsInspector {
  stack(name: string): Promise<AwsAnswer<StackFacts | undefined>>;
  zones(): Promise<AwsAnswer<readonly string[]>>;
  typeZones(names: readonly string[]): Promise<AwsAnswer<ReadonlyMap<string, readonly string[]>>>;
}

/** An inspector with connections of its own. */
export interface OpenAwsInspector extends StackInspector {
  /** Closes the connections, which all queries share. */
  close(): Promise<void>;
}

/** Loads each client of the SDK only when a query needs it. */
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
    stack: async (name) => inspectStack(place(), name),
    zones: async () => inspectZones(place()),
    typeZones: async (names) => inspectTypeZones(place(), names),
    close: async () => transport?.close(),
  };
}
