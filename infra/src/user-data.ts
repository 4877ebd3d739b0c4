import type { Duration } from 'aws-cdk-lib';

export interface UserDataOptions {
  /** The longest that a job may run: nothing younger is removed. */
  readonly longestJob: Duration;
  /** Further shell lines, run as root when a host starts, before the ECS agent. */
  readonly commands: readonly string[];
}

const boundary = '==twinhull==';

/**
 * The start script of a host, as the MIME multi-part text that Batch requires: Batch adds a part of its own
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
    ...engineSettings,
    ...commands,
    '',
    `--${boundary}--`,
    '',
  ].join('\n');
}

/**
 * More layers at once than the 3 and 5 that are the engine's defaults. It reads these settings again when it is reloaded
 * (https://docs.docker.com/reference/cli/dockerd/#configuration-reload-behavior).
 */
const engineSettings = [
  'mkdir -p /etc/docker',
  "[ -e /etc/docker/daemon.json ] || cat >/etc/docker/daemon.json <<'END'",
  JSON.stringify({ 'max-concurrent-downloads': 10, 'max-concurrent-uploads': 10 }),
  'END',
  'systemctl reload docker || true',
];

/**
 * Settings of the ECS agent (https://github.com/aws/amazon-ecs-agent#environment-variables). Its image cleanup is off
 * for images that builds make over the socket: it goes by the date of an image, which a build from the cache keeps, and
 * would remove one that a job is about to push. Jobs clean up themselves (TWINHULL_DEDICATED_HOST).
 */
function agentSettings(longestJob: Duration): Readonly<Record<string, string>> {
  const age = `${Math.ceil(longestJob.toMinutes({ integral: false })) + 30}m`;
  return {
    // Pulls the builder image for each job, and where that fails uses the host's copy. With `once`, the agent would rely
    // on a copy that another job may have pruned.
    ECS_IMAGE_PULL_BEHAVIOR: 'default',
    ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP: 'false',
    ECS_IMAGE_MINIMUM_CLEANUP_AGE: age,
    ECS_IMAGE_CLEANUP_INTERVAL: '10m',
    ECS_NUM_IMAGES_DELETE_PER_CYCLE: '50',
    ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '10m',
    // Jobs write their logs with the execution role, because the host's own role may not.
    ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE: 'true',
    // Between SIGTERM and SIGKILL the builder removes what it created.
    ECS_CONTAINER_STOP_TIMEOUT: '30s',
  };
}
