import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { builderCommand, checkJobDefinitionSize } from './builder-command.ts';
import { type BuilderMount, mounts } from './builder-mounts.ts';
import { checkedWhole, invalidProp } from './invalid-prop.ts';
import { executionRole, jobRole } from './job-roles.ts';
import { retryRules } from './retry-rules.ts';

/** The one job definition that both queues run: the builder, the Docker socket of its host, and nothing of a build. */
export interface BuilderJobProps {
  /**
   * Image of the builder: one with docker, git and bash for both platforms, or docker:cli, into which the builder
   * installs what it lacks. One in a private ECR repository may be pulled without further ado.
   * @default 'docker:cli'
   */
  readonly image?: string;
  /** @default 'vecoli-dind-build' */
  readonly jobDefinitionName?: string;
  /**
   * vCPUs of a job. As many as the smallest host has, so that each job has a host to itself.
   * @default 4
   */
  readonly vcpus?: number;
  /**
   * Memory of a job, in MiB. A host offers less than its type has: of 8 GiB, some 7,400. Builds run in the host's engine,
   * outside this limit: it only decides where a job fits.
   * @default 7000
   */
  readonly memoryMiB?: number;
  /**
   * The longest that an attempt may run, where a submit does not say otherwise: whole seconds, a minute to a week.
   * @default Duration.hours(3)
   */
  readonly timeout?: Duration;
  /**
   * How often a job is started, 1 to 10, when its host is lost or its image cannot be pulled. Never again for any other
   * reason.
   * @default 3
   */
  readonly attempts?: number;
  /**
   * Further environment of every job, such as a proxy. Readable by whoever may describe jobs: never a secret.
   * @default {}
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Folders and files of the host that every job sees, besides the Docker socket.
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
   * Further secrets that jobs may read: the build secrets of recipes.
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

/** Job definition, log group and roles of the builder. */
export class BuilderJob extends Construct {
  readonly jobDefinitionName: string;
  readonly gitSecret: ISecret;
  readonly logGroup: LogGroup;
  readonly jobRole: Role;
  readonly executionRole: Role;
  readonly timeout: Duration;
  readonly vcpus: number;

  /** @param script text of src/builder/builder.sh, without its comments */
  constructor(scope: Construct, id: string, script: string, repository: IRepository, props: BuilderJobProps = {}) {
    super(scope, id);
    const image = props.image ?? 'docker:cli';
    this.jobDefinitionName = props.jobDefinitionName ?? 'vecoli-dind-build';
    this.timeout = props.timeout ?? Duration.hours(3);
    this.vcpus = checkedWhole('job.vcpus', props.vcpus ?? 4, 1, 192);
    this.gitSecret =
      props.gitSecret ?? Secret.fromSecretNameV2(this, 'GitSecret', props.gitSecretName ?? 'vecoli-github-pat');
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: props.logGroupName ?? `/twinhull/${this.jobDefinitionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.jobRole = jobRole(this, 'JobRole', repository, [this.gitSecret, ...(props.buildSecrets ?? [])]);
    this.executionRole = executionRole(this, 'ExecutionRole', this.logGroup, image);
    const definition = {
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
        command: [...builderCommand(script)],
        ...this.limits(props),
        ...mounts(props.mounts ?? []),
        environment: environment(props.environment ?? {}),
        jobRoleArn: this.jobRole.roleArn,
        executionRoleArn: this.executionRole.roleArn,
        logConfiguration: this.logConfiguration(),
      },
    } satisfies ConstructorParameters<typeof CfnJobDefinition>[2];
    checkJobDefinitionSize(Stack.of(this).resolve(definition));
    new CfnJobDefinition(this, 'Definition', definition);
  }

  private limits(props: BuilderJobProps) {
    const memory = checkedWhole('job.memoryMiB', props.memoryMiB ?? 7000, 512, 1_048_576);
    return {
      resourceRequirements: [
        { type: 'VCPU', value: String(this.vcpus) },
        { type: 'MEMORY', value: String(memory) },
      ],
      // The socket belongs to root, and apk installs as root. Nothing else of the host is given.
      user: 'root',
      privileged: false,
      readonlyRootFilesystem: false,
      // No init of Docker's: the builder itself must get TERM. The 64 MiB that /dev/shm has anyway hold its secrets.
      linuxParameters: { initProcessEnabled: false },
    };
  }

  /** Blocking: a build waits rather than lose the very lines that explain its failure. */
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

function environment(variables: Readonly<Record<string, string>>): { name: string; value: string }[] {
  const reserved = Object.keys(variables).find((name) => name.startsWith('AWS_BATCH') || !/^[A-Za-z_]\w*$/.test(name));
  if (reserved !== undefined) {
    throw invalidProp('job.environment', reserved, 'name a variable of letters, digits and _, not beginning AWS_BATCH');
  }
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
