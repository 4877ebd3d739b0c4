import { createHash } from 'node:crypto';
import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import { canonicalJson } from '../domain/canonical-json.ts';
import { platformSuffix } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { batchDefaults } from './defaults.ts';
import { batchName, checkName, labelFrom, logGroupName, roleArn } from './names.ts';
import type { PinnedImage } from './pinned-image.ts';

export interface BatchJobDefinitionOptions {
  /** @default the repository's last part, the image and the architecture: `vecoli-task-arm64` */
  readonly name?: string | undefined;
  /** @default 1 */
  readonly vcpus?: number | undefined;
  /** MiB, at least 4. @default 2048 */
  readonly memory?: number | undefined;
  /** What the program in the container may do: a role's ARN. */
  readonly jobRole?: string | undefined;
  /** With what ECS pulls the image and writes the log, where the instance's own role does not do: a role's ARN. */
  readonly executionRole?: string | undefined;
  /** @default Batch's own, `/aws/batch/job` */
  readonly logGroup?: string | undefined;
  /** How often a job is started whose host was lost or whose image could not be pulled, 1 to 10. @default 3 */
  readonly attempts?: number | undefined;
  /** Seconds after which Batch ends a job, at least 60. @default never */
  readonly timeoutSeconds?: number | undefined;
  /** @default the image's own */
  readonly command?: readonly string[] | undefined;
}

/** Tag that holds the hash of all else: by it an identical revision is recognised, whatever Batch adds to the document. */
export const documentTag = 'twinhull:document';

/** Batch refuses a longer image. */
const longestImage = 255;

/**
 * A job definition that runs one platform's image on EC2, as RegisterJobDefinition takes it.
 *
 * @throws ArgumentInvalid when a name is none that AWS takes, or the image's reference is longer than Batch allows
 */
export function batchJobDefinition(
  image: PinnedImage,
  options: BatchJobDefinitionOptions = {},
): RegisterJobDefinitionCommandInput {
  if (image.reference.length > longestImage) {
    throw new TwinhullError(
      'ArgumentInvalid',
      `Batch takes no image of more than ${longestImage} characters, and ${quoted(image.reference)} has ${image.reference.length}`,
      { hint: 'publish to a repository with a shorter name' },
    );
  }
  const { name, attempts = batchDefaults.attempts, timeoutSeconds } = options;
  const document: RegisterJobDefinitionCommandInput = {
    jobDefinitionName: name === undefined ? defaultName(image) : checkName('--name', name, batchName),
    type: 'container',
    platformCapabilities: ['EC2'],
    containerProperties: containerProperties(image, options),
    retryStrategy: {
      attempts,
      // Without a last rule for all else, Batch would start a program again that failed by itself.
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: 'CannotPullContainerError:*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    },
    ...(timeoutSeconds !== undefined && { timeout: { attemptDurationSeconds: timeoutSeconds } }),
    propagateTags: true,
    tags: {
      'twinhull:build': image.buildId,
      'twinhull:commit': image.commit,
      'twinhull:image': image.name,
    },
  };
  return { ...document, tags: { ...document.tags, [documentTag]: hashOf(document) } };
}

function containerProperties({ reference }: PinnedImage, options: BatchJobDefinitionOptions) {
  const { vcpus = batchDefaults.vcpus, memory = batchDefaults.memory, command } = options;
  const { jobRole, executionRole, logGroup } = options;
  return {
    image: reference,
    ...(command !== undefined && { command: [...command] }),
    resourceRequirements: [
      { type: 'VCPU', value: String(vcpus) },
      { type: 'MEMORY', value: String(memory) },
    ],
    ...(jobRole !== undefined && { jobRoleArn: checkName('--job-role', jobRole, roleArn) }),
    ...(executionRole !== undefined && { executionRoleArn: checkName('--execution-role', executionRole, roleArn) }),
    ...(logGroup !== undefined && {
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': checkName('--log-group', logGroup, logGroupName) },
      },
    }),
    privileged: false,
  } satisfies RegisterJobDefinitionCommandInput['containerProperties'];
}

function defaultName({ repositoryName, name, platform }: PinnedImage): string {
  return labelFrom([repositoryName, name, platformSuffix(platform)], batchName.longest);
}

/** The document without undefined members, in RFC 8785's canonical form, hashed. */
function hashOf(document: RegisterJobDefinitionCommandInput): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}
