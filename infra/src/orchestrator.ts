import { Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { type IPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { invalidProp } from './invalid-prop.ts';
import { type ServiceAccountProps, serviceAccountPrincipal } from './service-account.ts';
import { explainWildcards } from './wildcards.ts';

export interface OrchestratorProps {
  /**
   * Who may take the orchestrator's role: an account, a user, another role.
   * @default - nobody: no role is made, and the policy can be attached to one that is there
   */
  readonly assumedBy?: IPrincipal;
  /**
   * The Kubernetes service account that takes it instead: `twinhull serve` in a cluster (deploy/kubernetes).
   * @default - none
   */
  readonly serviceAccount?: ServiceAccountProps;
}

export interface OrchestratorParts {
  readonly jobQueueArns: readonly string[];
  readonly jobDefinitionName: string;
  readonly logGroup: ILogGroup;
  readonly repository: IRepository;
  readonly gitSecret: ISecret;
  readonly events: IQueue;
}

/** What Twinhull itself needs: send, watch and stop jobs, read their logs, publish, prune. It cannot read the git token. */
export class Orchestrator extends Construct {
  readonly policy: ManagedPolicy;
  readonly role: Role | undefined;

  constructor(scope: Construct, id: string, parts: OrchestratorParts, props: OrchestratorProps = {}) {
    super(scope, id);
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: 'Twinhull: send, watch and stop build jobs, read their logs, publish images',
    });
    this.allowJobs(parts);
    this.allowImages(parts.repository);
    this.allowWatching(parts);
    const assumedBy = whoAssumes(props);
    this.role = assumedBy
      ? new Role(this, 'Role', {
          description: 'Twinhull, the orchestrator of builds',
          assumedBy,
          managedPolicies: [this.policy],
        })
      : undefined;
  }

  private allowJobs({ jobQueueArns, jobDefinitionName }: OrchestratorParts): void {
    const arn = (resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'batch', resource, resourceName });
    const revisions = arn('job-definition', `${jobDefinitionName}:*`);
    const jobs = arn('job', '*');
    this.allow(['batch:SubmitJob'], ...jobQueueArns, arn('job-definition', jobDefinitionName), revisions);
    this.allow(['batch:TerminateJob'], jobs);
    this.allow(
      [
        'batch:DescribeComputeEnvironments',
        'batch:DescribeJobDefinitions',
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:ListJobs',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcEndpoints',
        'ecr:GetAuthorizationToken',
        'servicequotas:GetServiceQuota',
      ],
      '*',
    );
    explainWildcards(this.policy, [
      [revisions, 'Every deployment makes a new revision of the job definition.'],
      [jobs, 'The id of a job is made when it is sent, and Batch knows no permissions by queue for it.'],
      ['*', 'These actions only read, and AWS knows no resources for them.'],
    ]);
  }

  /** Everything a registry's API needs to read, write and prune manifests; layers are never copied. */
  private allowImages(repository: IRepository): void {
    this.allow(
      [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchDeleteImage',
        'ecr:BatchGetImage',
        'ecr:DescribeImages',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:ListImages',
        'ecr:PutImage',
      ],
      repository.repositoryArn,
    );
  }

  private allowWatching({ logGroup, gitSecret, events }: OrchestratorParts): void {
    this.allow(['logs:GetLogEvents'], logGroup.logGroupArn);
    this.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], events.queueArn);
    // For `doctor`: whether it is there, not what it holds.
    const secret = gitSecret.secretFullArn ?? `${gitSecret.secretArn}-??????`;
    this.allow(['secretsmanager:DescribeSecret'], secret);
    explainWildcards(this.policy, [
      [logGroup.logGroupArn, 'Each job makes streams of its own in the one log group.'],
      [secret, 'Secrets Manager ends the ARN of each secret with six characters of its own.'],
    ]);
  }

  private allow(actions: string[], ...resources: string[]): void {
    this.policy.addStatements(new PolicyStatement({ actions, resources }));
  }
}

/** @throws SettingInvalid where both are named, or the service account cannot stand */
function whoAssumes({ assumedBy, serviceAccount }: OrchestratorProps): IPrincipal | undefined {
  if (serviceAccount === undefined) return assumedBy;
  if (assumedBy === undefined) return serviceAccountPrincipal(serviceAccount);
  throw invalidProp('orchestrator.serviceAccount', serviceAccount, 'leave out assumedBy: one takes the role');
}
