import type { Duration } from 'aws-cdk-lib';

export interface UserDataOptions {
  /** The longest that a job may run: nothing younger is cleaned away. */
  readonly longestJob: Duration;
  /** Further shell lines, run as root when a host starts, before the ECS agent. */
  readonly commands: readonly string[];
}

const boundary = '==twinhull==';

/**
 * What a host runs when it starts, as the MIME multi-part text that Batch asks for: it adds a part of its own
 * (https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html).
 */
export function userData({ longestJob, commands }: UserDataOptions): string {
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/sh',
    "cat >>/etc/ecs/ecs.config <<'END'",
    ...Object.entries(agentSettings(longestJob)).map(([name, value]) => `${name}=${value}`),
    'END',
    ...commands,
    '',
    `--${boundary}--`,
    '',
  ].join('\n');
}

/**
 * Settings of the ECS agent (https://github.com/aws/amazon-ecs-agent#environment-variables). What builds make over the
 * socket is unknown to the agent, so it must be told to clean that too; by age, so that no image goes that a job still
 * running made, or is going to build upon.
 */
function agentSettings(longestJob: Duration): Readonly<Record<string, string>> {
  const age = `${Math.ceil(longestJob.toMinutes({ integral: false })) + 30}m`;
  return {
    ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP: 'true',
    NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE: age,
    ECS_IMAGE_MINIMUM_CLEANUP_AGE: age,
    ECS_IMAGE_CLEANUP_INTERVAL: '10m',
    ECS_NUM_IMAGES_DELETE_PER_CYCLE: '50',
    ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '10m',
    // Jobs write their logs with the execution role: the host's own role may not.
    ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE: 'true',
    // Between TERM and KILL: the builder then removes what it made.
    ECS_CONTAINER_STOP_TIMEOUT: '30s',
  };
}
