import { BootstraplessSynthesizer, DefaultStackSynthesizer, Duration, Stack } from 'aws-cdk-lib';
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ArnPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { BuildNetworkProps } from './build-network.ts';
import type { BuildRepositoryProps } from './build-repository.ts';
import type { BuilderJobProps } from './builder-job.ts';
import type { Deployment } from './deployment.ts';
import { invalidProp } from './invalid-prop.ts';
import { MultiArchBuildPipeline } from './multi-arch-build-pipeline.ts';
import type { OrchestratorProps } from './orchestrator.ts';
import { putOut } from './outputs.ts';

/** The stack as a deployment chose it. Its outputs are the settings of Twinhull. */
export class BuildBatchStack extends Stack {
  readonly pipeline: MultiArchBuildPipeline;

  /** @param builderScript text of src/builder/builder.sh, without its comments */
  constructor(scope: Construct, chosen: Deployment, builderScript: string) {
    super(scope, chosen.stackName, {
      description: 'Twinhull: container images for linux/arm64 and linux/amd64, built natively',
      env: { region: chosen.region },
      synthesizer: chosen.bootstrapped ? new DefaultStackSynthesizer() : new BootstraplessSynthesizer(),
    });
    // Zones are named, so that a template needs no look into the account; cfn-lint would rather have it look.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3010'] } } };
    const limits = chosen.maxVcpus === undefined ? {} : { maxVcpus: chosen.maxVcpus };
    this.pipeline = new MultiArchBuildPipeline(this, 'Pipeline', {
      builderScript,
      network: network(this, chosen),
      hosts: { rootVolumeGiB: chosen.rootVolumeGiB, commands: chosen.hostCommands },
      arm64: { instanceTypes: chosen.arm64InstanceTypes, queueName: chosen.arm64Queue, ...limits },
      amd64: { instanceTypes: chosen.amd64InstanceTypes, queueName: chosen.amd64Queue, ...limits },
      job: job(this, chosen),
      repository: repository(this, chosen),
      orchestrator: orchestrator(chosen),
      batchServiceRole: chosen.batchServiceRole,
      permissionsBoundary: chosen.permissionsBoundary
        ? ManagedPolicy.fromManagedPolicyName(this, 'Boundary', chosen.permissionsBoundary)
        : undefined,
    });
    putOut(this, this.pipeline);
  }
}

function network(scope: Stack, chosen: Deployment): BuildNetworkProps {
  const { vpcId, subnetIds, cidr, availabilityZones, natGateways } = chosen;
  if (vpcId === undefined) return { cidr, availabilityZones, natGateways };
  return {
    // Zones are asked for, and not used: subnets are named one by one.
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: availabilityZones ?? [`${scope.region}a`] }),
    subnets: (subnetIds ?? []).map((id) => Subnet.fromSubnetId(scope, id, id)),
  };
}

function job(scope: Stack, chosen: Deployment): BuilderJobProps {
  return {
    image: chosen.builderImage,
    jobDefinitionName: chosen.jobDefinition,
    timeout: chosen.timeoutMinutes === undefined ? undefined : Duration.minutes(chosen.timeoutMinutes),
    attempts: chosen.attempts,
    environment: chosen.builderEnvironment,
    mounts: chosen.builderMounts,
    logGroupName: chosen.logGroup,
    gitSecret: chosen.gitSecret === undefined ? undefined : secret(scope, 'GitSecret', chosen.gitSecret),
    buildSecrets: (chosen.buildSecrets ?? []).map((name, index) => secret(scope, `BuildSecret${index + 1}`, name)),
  };
}

function repository(scope: Stack, chosen: Deployment): BuildRepositoryProps {
  if (!chosen.existingRepository) return { repositoryName: chosen.repository };
  return { existing: Repository.fromRepositoryName(scope, 'Repository', chosen.repository ?? 'vecoli') };
}

/** @throws SettingInvalid for a service account without the provider that vouches for it */
function orchestrator({ orchestratorPrincipal, oidcProvider, serviceAccount }: Deployment): OrchestratorProps {
  const [namespace, name] = serviceAccount?.split('/') ?? [];
  if (serviceAccount !== undefined && oidcProvider === undefined)
    throw invalidProp('serviceAccount', serviceAccount, 'say which cluster it is of, too: -c oidcProvider=ARN');
  return {
    assumedBy: orchestratorPrincipal ? new ArnPrincipal(orchestratorPrincipal) : undefined,
    serviceAccount: oidcProvider === undefined ? undefined : { oidcProviderArn: oidcProvider, namespace, name },
  };
}

function secret(scope: Stack, id: string, nameOrArn: string): ISecret {
  return nameOrArn.startsWith('arn:')
    ? Secret.fromSecretCompleteArn(scope, id, nameOrArn)
    : Secret.fromSecretNameV2(scope, id, nameOrArn);
}
