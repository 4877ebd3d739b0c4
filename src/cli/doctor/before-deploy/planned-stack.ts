import { type Platform, platformSuffix, platforms } from '../../../domain/platform.ts';
import type { Deployment } from '../../../settings/deployment.ts';
import { defaultZones, stackDefaults } from '../../../settings/stack-defaults.ts';

/** The stack that a deployment with these options would create or update, as far as doctor checks it. */
export interface PlannedStack {
  readonly stackName: string;
  readonly region: string;
  /** Whether the deployment uses what `cdk bootstrap` created. */
  readonly bootstrapped: boolean;
  readonly hosts: readonly PlannedHosts[];
  /** Of each queue. */
  readonly maxVcpus: number;
  /** Zones of the new VPC; undefined where hosts are placed in existing subnets. */
  readonly zones: readonly string[] | undefined;
  /** Existing subnets; empty with a new VPC. */
  readonly subnets: readonly string[];
  readonly jobDefinition: string;
  readonly repository: string;
  /** Whether the repository is used as it is, rather than created. */
  readonly existingRepository: boolean;
  /** Names or ARNs of the secrets that jobs read, with the option that names each. */
  readonly secrets: readonly { readonly id: string; readonly option: string }[];
}

/** The hosts and the queue of one platform. */
export interface PlannedHosts {
  readonly platform: Platform;
  readonly queueName: string;
  readonly instanceTypes: readonly string[];
}

/** Resolves the options of a deployment, with the stack's defaults. */
export function plannedStack(chosen: Deployment): PlannedStack {
  const { stackName, region, bootstrapped, vpcId, availabilityZones, subnetIds, maxVcpus } = chosen;
  return {
    stackName,
    region,
    bootstrapped,
    hosts: platforms.map((platform) => {
      const suffix = platformSuffix(platform);
      const standard = stackDefaults.hosts[suffix];
      return {
        platform,
        queueName: chosen[`${suffix}Queue`] ?? standard.queueName,
        instanceTypes: chosen[`${suffix}InstanceTypes`] ?? standard.instanceTypes,
      };
    }),
    maxVcpus: maxVcpus ?? stackDefaults.maxVcpus,
    zones: vpcId === undefined ? (availabilityZones ?? defaultZones(region)) : undefined,
    subnets: vpcId === undefined ? [] : (subnetIds ?? []),
    jobDefinition: chosen.jobDefinition ?? stackDefaults.jobDefinition,
    repository: chosen.repository ?? stackDefaults.repository,
    existingRepository: chosen.existingRepository,
    secrets: [
      { id: chosen.gitSecret ?? stackDefaults.gitSecret, option: 'gitSecret' },
      ...(chosen.buildSecrets ?? []).map((id) => ({ id, option: 'buildSecrets' })),
    ],
  };
}
