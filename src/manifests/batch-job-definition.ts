import { createHash } from 'node:crypto';
import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import { canonicalJson } from '../domain/canonical-json.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { platformSuffix } from '../domain/platform.ts';
import { quoted } from '../domain/quoted.ts';
import { batchDefaults } from './defaults.ts';
import { batchName, checkName, labelFrom, logGroupName, roleArn } from './names.ts';
import type { PinnedImage } from './pinned-image.ts';

/** The parts of a job definition that a published image does not determine. */
export interface BatchJobDefinitionOptions {
  /** @default the repository's last part, the image and the architecture: `vecoli-task-arm64` */
  readonly name?: string | undefined;
  /** @default 1 */
  readonly vcpus?: number | undefined;
  /** MiB, at least 4. @default 2048 */
  readonly memory?: number | undefined;
  /** ARN of the role of the program in the container. */
  readonly jobRole?: string | undefined;
  /** ARN of the role with which ECS pulls the image and writes the log, if the instance's own role does not suffice. */
  readonly executionRole?: string | undefined;
  /** @default Batch's own, `/aws/batch/job` */
  readonly logGroup?: string | undefined;
  /** How often a job is started if its host is lost or its image cannot be pulled, 1 to 10. @default 3 */
  readonly attempts?: number | undefined;
  /** Seconds after which Batch ends a job, at least 60. @default never */
  readonly timeoutSeconds?: number | undefined;
  /** @default the image's own */
  readonly command?: readonly string[] | undefined;
}

/** Tag with the hash of everything else: it identifies the same revision, even though Batch adds to the document. */
export const documentTag = 'twinhull:document';

/** Batch's limit, in characters. */
const longestImage = 255;

/**
 * A job definition that runs one platform's image on EC2, as input of RegisterJobDefinition.
 *
 * @throws ArgumentInvalid when AWS does not accept a name, or the image's reference is longer than Batch allows
 */
export function batchJobDefinition(
  image: PinnedImage,
  options: BatchJobDefinitionOptions = {},
): RegisterJobDefinitionCommandInput {
  if (image.reference.length > longestImage) {
    throw new TwinhullError(
      'ArgumentInvalid',
      `Batch accepts image names of at most ${longestImage} characters, and ${quoted(image.reference)} has ${image.reference.length}`,
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
      // Without a final rule for everything else, Batch would also restart a program that failed by itself.
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
