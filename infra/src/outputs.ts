import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { SettingName } from '../../src/settings/catalogue.ts';
import type { MultiArchBuildPipeline } from './multi-arch-build-pipeline.ts';

/** Outputs of the stack that are settings of Twinhull. CloudFormation allows no `_` in their names. */
export const settingOfOutput = {
  BuildArm64Queue: 'BUILD_ARM64_QUEUE',
  BuildAmd64Queue: 'BUILD_AMD64_QUEUE',
  BuildJobDefinition: 'BUILD_JOB_DEFINITION',
  BuildEventsQueueUrl: 'BUILD_EVENTS_QUEUE_URL',
  BuildGitSecretArn: 'BUILD_GIT_SECRET_ARN',
  EcrRepository: 'ECR_REPOSITORY',
  BatchRegion: 'BATCH_REGION',
} as const satisfies Record<string, SettingName>;

/**
 * Puts out what Twinhull must be told, by the names that its settings have, and what else operators ask for. Queues and
 * job definition by name: that of the job definition stays while its revisions come and go. A secret that was given by
 * name is put out by name, too: the rest of its ARN is unknown here.
 */
export function putOut(stack: Stack, pipeline: MultiArchBuildPipeline): void {
  const { queues, job, repository, events, orchestrator } = pipeline;
  const settings: Record<keyof typeof settingOfOutput, string> = {
    BuildArm64Queue: queues.arm64.queueName,
    BuildAmd64Queue: queues.amd64.queueName,
    BuildJobDefinition: job.jobDefinitionName,
    BuildEventsQueueUrl: events.queue.queueUrl,
    BuildGitSecretArn: job.gitSecret.secretFullArn ?? job.gitSecret.secretName,
    EcrRepository: repository.repositoryName,
    BatchRegion: stack.region,
  };
  for (const [output, setting] of Object.entries(settingOfOutput)) {
    new CfnOutput(stack, output, { value: settings[output as keyof typeof settings], description: setting });
  }
  new CfnOutput(stack, 'OrchestratorPolicyArn', {
    value: orchestrator.policy.managedPolicyArn,
    description: 'Policy for whoever runs Twinhull',
  });
  if (!orchestrator.role) return;
  new CfnOutput(stack, 'OrchestratorRoleArn', {
    value: orchestrator.role.roleArn,
    description: 'Role to run Twinhull by',
  });
}
