import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { SettingName } from '../../src/settings/setting-catalogue.ts';
import type { MultiArchBuildPipeline } from './multi-arch-build-pipeline.ts';

/** Outputs of the stack that are settings of Twinhull. CloudFormation allows no `_` in their names. */
export const settingOfOutput = {
  BuildArm64Queue: 'BUILD_ARM64_QUEUE',
  BuildAmd64Queue: 'BUILD_AMD64_QUEUE',
  BuildJobDefinition: 'BUILD_JOB_DEFINITION',
  BuildTimeoutSeconds: 'BUILD_TIMEOUT_SECONDS',
  BuildEventsQueueUrl: 'BUILD_EVENTS_QUEUE_URL',
  BuildGitSecretArn: 'BUILD_GIT_SECRET_ARN',
  BuildGitHost: 'TWINHULL_GIT_HOST',
  EcrRepository: 'ECR_REPOSITORY',
  BatchRegion: 'BATCH_REGION',
} as const satisfies Record<string, SettingName>;

/**
 * Adds the outputs: Twinhull's settings under their names, and what else operators need. Queues and job definition are
 * output by name: the name of a job definition is the same for all its revisions. A secret given by name is also output
 * by name, because the rest of its ARN is unknown here.
 */
export function putOut(stack: Stack, pipeline: MultiArchBuildPipeline): void {
  const { queues, job, repository, events, orchestrator } = pipeline;
  const settings: Record<keyof typeof settingOfOutput, string> = {
    BuildArm64Queue: queues.arm64.queueName,
    BuildAmd64Queue: queues.amd64.queueName,
    BuildJobDefinition: job.jobDefinitionName,
    BuildTimeoutSeconds: String(job.timeout.toSeconds()),
    BuildEventsQueueUrl: events.queue.queueUrl,
    BuildGitSecretArn: job.gitSecret.secretFullArn ?? job.gitSecret.secretName,
    BuildGitHost: job.gitHost,
    EcrRepository: repository.repositoryName,
    BatchRegion: stack.region,
  };
  for (const [output, setting] of Object.entries(settingOfOutput)) {
    new CfnOutput(stack, output, { value: settings[output as keyof typeof settings], description: setting });
  }
  new CfnOutput(stack, 'OrchestratorPolicyArn', {
    value: orchestrator.policy.managedPolicyArn,
    description: 'Policy of what runs Twinhull',
  });
  new CfnOutput(stack, 'JobRoleArn', {
    value: job.jobRole.roleArn,
    description: 'Role of jobs, for the policies of keys, secrets and repositories that they use',
  });
  if (!orchestrator.role) return;
  new CfnOutput(stack, 'OrchestratorRoleArn', {
    value: orchestrator.role.roleArn,
    description: 'Role to run Twinhull by',
  });
}
