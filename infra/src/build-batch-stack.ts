import { BootstraplessSynthesizer, DefaultStackSynthesizer, Duration, Stack } from 'aws-cdk-lib';
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ArnPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Deployment } from '../../src/settings/deployment.ts';
import { stackDefaults, stackMark } from '../../src/settings/stack-defaults.ts';
import type { BuildNetworkProps } from './build-network.ts';
import type { BuildRepositoryProps } from './build-repository.ts';
import type { BuilderJobProps } from './builder-job.ts';
import { invalidProp } from './invalid-prop.ts';
import { MultiArchBuildPipeline } from './multi-arch-build-pipeline.ts';
import type { OrchestratorProps } from './orchestrator.ts';
import { putOut } from './outputs.ts';
import type { ScriptSource } from './script-source.ts';

/** Of the assets in the bootstrap bucket, so that jobs may read the builder scripts there, and nothing of other stacks. */
const assetPrefix = 'twinhull/';

/** The stack as a deployment configures it. Its outputs are settings of Twinhull. */
export class BuildBatchStack extends Stack {
  readonly pipeline: MultiArchBuildPipeline;

  /** @param builderScript text of src/builder/builder.sh */
  constructor(scope: Construct, chosen: Deployment, builderScript: string) {
    super(scope, chosen.stackName, {
      description: `${stackMark} container images for linux/arm64 and linux/amd64, built natively`,
      env: { region: chosen.region },
      synthesizer: chosen.bootstrapped
        ? new DefaultStackSynthesizer({ bucketPrefix: assetPrefix })
        : new BootstraplessSynthesizer(),
    });
    // Zones are named, so that synthesis needs no lookup in the account; cfn-lint prefers a lookup.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3010'] } } };
    const limits = chosen.maxVcpus === undefined ? {} : { maxVcpus: chosen.maxVcpus };
    this.pipeline = new MultiArchBuildPipeline(this, 'Pipeline', {
      builderScript,
      network: network(this, chosen),
      hosts: {
        rootVolumeGiB: chosen.rootVolumeGiB,
        rootVolumeThroughput: chosen.rootVolumeThroughput,
        warm: chosen.warmHours && { windows: chosen.warmHours, timeZone: chosen.warmTimeZone },
        scaleDownDelay: minutes(chosen.scaleDownMinutes),
        commands: chosen.hostCommands,
      },
      arm64: {
        instanceTypes: chosen.arm64InstanceTypes,
        imageId: chosen.arm64ImageId,
        queueName: chosen.arm64Queue,
        ...limits,
      },
      amd64: {
        instanceTypes: chosen.amd64InstanceTypes,
        imageId: chosen.amd64ImageId,
        queueName: chosen.amd64Queue,
        ...limits,
      },
      job: job(this, chosen),
      repository: repository(this, chosen),
      orchestrator: orchestrator(chosen),
      batchServiceRole: chosen.batchServiceRole,
      encryptionKey: chosen.encryptionKey ? Key.fromKeyArn(this, 'Key', chosen.encryptionKey) : undefined,
      permissionsBoundary: chosen.permissionsBoundary
        ? ManagedPolicy.fromManagedPolicyName(this, 'Boundary', chosen.permissionsBoundary)
        : undefined,
    });
    putOut(this, this.pipeline);
  }
}

function minutes(count: number | undefined): Duration | undefined {
  return count === undefined ? undefined : Duration.minutes(count);
}

function network(scope: Stack, chosen: Deployment): BuildNetworkProps {
  const { vpcId, subnetIds, cidr, availabilityZones, natGateways } = chosen;
  if (vpcId === undefined) return { cidr, availabilityZones, natGateways };
  return {
    // The zones are required but unused: subnets are named individually.
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: availabilityZones ?? [`${scope.region}a`] }),
    subnets: (subnetIds ?? []).map((id) => Subnet.fromSubnetId(scope, id, id)),
  };
}

function job(scope: Stack, chosen: Deployment): BuilderJobProps {
  return {
    image: chosen.builderImage,
    script: scriptSource(scope, chosen),
    jobDefinitionName: chosen.jobDefinition,
    timeout: minutes(chosen.timeoutMinutes),
    attempts: chosen.attempts,
    environment: chosen.builderEnvironment,
    buildFolder: chosen.buildFolder,
    mounts: chosen.builderMounts,
    logGroupName: chosen.logGroup,
    gitSecret: chosen.gitSecret === undefined ? undefined : secret(scope, 'GitSecret', chosen.gitSecret),
    gitHost: chosen.gitHost,
    buildSecrets: (chosen.buildSecrets ?? []).map((name, index) => secret(scope, `BuildSecret${index + 1}`, name)),
  };
}

/** @throws SettingInvalid for a stack without assets that names no other source of the script */
function scriptSource(scope: Stack, { bootstrapped, scriptBucket, scriptPath }: Deployment): ScriptSource {
  if (scriptPath !== undefined) return { from: 'image', path: scriptPath };
  if (scriptBucket !== undefined)
    return { from: 'bucket', bucket: Bucket.fromBucketName(scope, 'ScriptBucket', scriptBucket) };
  if (bootstrapped) return { from: 'asset' };
  throw invalidProp(
    'scriptBucket',
    scriptBucket,
    'without `cdk bootstrap` there is no bucket for the builder script: name one with -c scriptBucket=NAME, or a file of the builder image with -c scriptPath=PATH',
  );
}

function repository(scope: Stack, chosen: Deployment): BuildRepositoryProps {
  if (!chosen.existingRepository) return { repositoryName: chosen.repository };
  return {
    existing: Repository.fromRepositoryName(scope, 'Repository', chosen.repository ?? stackDefaults.repository),
  };
}

/** @throws SettingInvalid for a service account without its OIDC provider */
function orchestrator({ orchestratorPrincipal, oidcProvider, serviceAccount }: Deployment): OrchestratorProps {
  const [namespace, name] = serviceAccount?.split('/') ?? [];
  if (serviceAccount !== undefined && oidcProvider === undefined)
    throw invalidProp('serviceAccount', serviceAccount, 'name its cluster too: -c oidcProvider=ARN');
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
