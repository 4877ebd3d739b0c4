import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { bootstrapCommand } from '../../src/builder/bootstrap.ts';
import { contractVersion } from '../../src/builder/contract.ts';
import { scriptDigest } from '../../src/builder/script.ts';
import { stackDefaults } from '../../src/settings/stack-defaults.ts';
import { imageRepositoryArn } from './builder-image.ts';
import { type BuilderMount, defaultBuildFolder, mounts } from './builder-mounts.ts';
import { checkedWhole, invalidProp } from './invalid-prop.ts';
import { checkDefinitionLength } from './job-definition-limits.ts';
import { allowSecretsOf, executionRole, jobRole } from './job-roles.ts';
import { retryRules } from './retry-rules.ts';
import { placeScript, type ScriptSource } from './script-source.ts';

/**
 * The one job definition of both queues: the builder, and the Docker socket and build folder of its host, without
 * anything of a build.
 */
export interface BuilderJobProps {
  /**
   * Image of the builder: one with docker, git and bash for both platforms, or docker:29-cli, into which the builder
   * installs missing tools. An image in a private ECR repository needs no further permission to be pulled.
   * @default 'docker:29-cli'
   */
  readonly image?: string;
  /**
   * Where jobs get the builder script.
   * @default - an asset, in the bucket that `cdk bootstrap` created
   */
  readonly script?: ScriptSource;
  /** @default 'vecoli-dind-build' */
  readonly jobDefinitionName?: string;
  /**
   * vCPUs of a job. Equal to those of the smallest host, so that each job has a host to itself.
   * @default 4
   */
  readonly vcpus?: number;
  /**
   * Memory of a job, in MiB. A host offers less than its type has: of 8 GiB, about 7,400. Builds run in the host's
   * engine, outside this limit, which only affects placement.
   * @default 7000
   */
  readonly memoryMiB?: number;
  /**
   * The longest that an attempt may run, unless its submission sets a limit: whole seconds, a minute to a week.
   * @default Duration.hours(3)
   */
  readonly timeout?: Duration;
  /**
   * How often a job is started, 1 to 10, when its host is lost or its image cannot be pulled. It is not restarted for
   * any other reason.
   * @default 3
   */
  readonly attempts?: number;
  /**
   * Further environment of every job, such as a proxy. Readable by everyone who may describe jobs: never a secret.
   * `TWINHULL_DEDICATED_HOST: '0'` keeps jobs from removing what they did not create, on hosts with other work.
   * @default {}
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Folder of the host, created if missing, in which each job keeps its checkout and temporary files, at the same path
   * in its container: a script can bind-mount these into containers that it starts.
   * @default '/var/lib/twinhull-builds'
   */
  readonly buildFolder?: string;
  /**
   * Folders and files of the host that every job sees, in addition to the Docker socket and `buildFolder`.
   * @default []
   */
  readonly mounts?: readonly BuilderMount[];
  /**
   * The secret that holds the git token.
   * @default - the one named by `gitSecretName`
   */
  readonly gitSecret?: ISecret;
  /** @default 'vecoli-github-pat' */
  readonly gitSecretName?: string;
  /**
   * The git server that this token is for, `host[:port][/path]`. Jobs send it to no other server.
   * @default 'github.com'
   */
  readonly gitHost?: string;
  /**
   * Further secrets that jobs may read: the build secrets of recipes, and the tokens of further git servers
   * (`TWINHULL_GIT_SECRETS`).
   * @default []
   */
  readonly buildSecrets?: readonly ISecret[];
  /** @default - `/twinhull/` and the name of the job definition */
  readonly logGroupName?: string;
  /**
   * How long CloudWatch keeps logs. Twinhull keeps its own copy of each build's log.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

export interface BuilderJobParts {
  readonly repository: IRepository;
  /** Key of the log group and the secrets. Undefined: AWS managed keys. */
  readonly encryptionKey: IKey | undefined;
}

/** Job definition, log group and roles of the builder. */
export class BuilderJob extends Construct {
  readonly jobDefinitionName: string;
  readonly gitSecret: ISecret;
  readonly buildSecrets: readonly ISecret[];
  readonly gitHost: string;
  readonly logGroup: LogGroup;
  readonly jobRole: Role;
  readonly executionRole: Role;
  readonly timeout: Duration;
  readonly vcpus: number;
  /** ARN of the repository of its image; undefined if that is not in ECR. */
  readonly imageRepositoryArn: string | undefined;

  /** @param script text of src/builder/builder.sh */
  constructor(
    scope: Construct,
    id: string,
    script: string,
    { repository, encryptionKey }: BuilderJobParts,
    props: BuilderJobProps = {},
  ) {
    super(scope, id);
    const image = props.image ?? stackDefaults.job.image;
    this.imageRepositoryArn = imageRepositoryArn(this, image);
    this.jobDefinitionName = props.jobDefinitionName ?? stackDefaults.jobDefinition;
    this.timeout = props.timeout ?? Duration.hours(3);
    this.vcpus = checkedWhole('job.vcpus', props.vcpus ?? stackDefaults.job.vcpus, 1, 192);
    this.gitSecret =
      props.gitSecret ?? Secret.fromSecretNameV2(this, 'GitSecret', props.gitSecretName ?? stackDefaults.gitSecret);
    this.buildSecrets = props.buildSecrets ?? [];
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: props.logGroupName ?? `/twinhull/${this.jobDefinitionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
      encryptionKey,
    });
    this.jobRole = jobRole(this, 'JobRole', repository, [this.gitSecret, ...this.buildSecrets]);
    if (encryptionKey) allowSecretsOf(this.jobRole, encryptionKey);
    this.executionRole = executionRole(this, 'ExecutionRole', this.logGroup, image);
    const command = bootstrapCommand({
      place: placeScript(this, props.script ?? { from: 'asset' }, script, this.jobRole),
      sha256: scriptDigest(script),
      contract: contractVersion,
    });
    this.gitHost = gitHost(props.gitHost ?? 'github.com');
    const buildFolder = props.buildFolder ?? defaultBuildFolder;
    const variables = environment({
      TWINHULL_GIT_SECRET_HOST: this.gitHost,
      TWINHULL_DEDICATED_HOST: '1',
      TWINHULL_SHARED_FOLDER: buildFolder,
      ...props.environment,
    });
    checkDefinitionLength(command, variables);
    new CfnJobDefinition(this, 'Definition', {
      jobDefinitionName: this.jobDefinitionName,
      type: 'container',
      platformCapabilities: ['EC2'],
      timeout: {
        attemptDurationSeconds: checkedWhole('job.timeout in seconds', this.timeout.toSeconds(), 60, 7 * 86_400),
      },
      retryStrategy: {
        attempts: checkedWhole('job.attempts', props.attempts ?? 3, 1, 10),
        evaluateOnExit: [...retryRules],
      },
      containerProperties: {
        image,
        command: [...command],
        ...this.limits(props),
        ...mounts(buildFolder, props.mounts ?? []),
        environment: variables,
        jobRoleArn: this.jobRole.roleArn,
        executionRoleArn: this.executionRole.roleArn,
        logConfiguration: this.logConfiguration(),
      },
      // Jobs that are queued during an update of the stack keep the revision that they were submitted with.
      resourceRetentionPolicy: { skipDeregisterOnUpdate: true },
    });
  }

  private limits(props: BuilderJobProps) {
    const memory = checkedWhole('job.memoryMiB', props.memoryMiB ?? stackDefaults.job.memoryMiB, 512, 1_048_576);
    return {
      resourceRequirements: [
        { type: 'VCPU', value: String(this.vcpus) },
        { type: 'MEMORY', value: String(memory) },
      ],
      // The socket belongs to root, and apk installs as root. Of the host the job gets the mounts alone.
      user: 'root',
      privileged: false,
      readonlyRootFilesystem: false,
      // No Docker init: the builder itself must receive SIGTERM. Its secrets are in the default 64 MiB of /dev/shm.
      linuxParameters: { initProcessEnabled: false },
    };
  }

  /** Blocking: a build waits rather than lose the lines that explain its failure. */
  private logConfiguration() {
    return {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': this.logGroup.logGroupName,
        'awslogs-region': Stack.of(this).region,
        'awslogs-stream-prefix': this.jobDefinitionName,
        mode: 'blocking',
      },
    };
  }
}

/** @throws SettingInvalid */
function gitHost(text: string): string {
  if (/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~+-]+)*$/.test(text)) return text;
  throw invalidProp('job.gitHost', text, 'give host, host:port or host/path, such as github.com/acme');
}

function environment(variables: Readonly<Record<string, string>>): { name: string; value: string }[] {
  const reserved = Object.keys(variables).find((name) => name.startsWith('AWS_BATCH') || !/^[A-Za-z_]\w*$/.test(name));
  if (reserved !== undefined) {
    throw invalidProp('job.environment', reserved, 'name a variable of letters, digits and _, not beginning AWS_BATCH');
  }
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
