import { Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { type IPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { invalidProp } from './invalid-prop.ts';
import { secretReason, secretResource } from './secret-resource.ts';
import { type ServiceAccountProps, serviceAccountPrincipal } from './service-account.ts';
import { explainWildcards } from './wildcards.ts';

export interface OrchestratorProps {
  /**
   * The principal that may assume the orchestrator's role: an account, a user, another role.
   * @default - none: no role is created, and the policy can be attached to an existing one
   */
  readonly assumedBy?: IPrincipal;
  /**
   * The Kubernetes service account that assumes it instead: `twinhull serve` in a cluster (deploy/kubernetes).
   * @default - none
   */
  readonly serviceAccount?: ServiceAccountProps;
}

export interface OrchestratorParts {
  readonly jobQueueArns: readonly string[];
  readonly jobDefinitionName: string;
  readonly logGroup: ILogGroup;
  readonly repository: IRepository;
  /** ARN of the repository of the builder image, if that is in ECR. */
  readonly builderRepositoryArn: string | undefined;
  /** The git token's secret, and build secrets. */
  readonly secrets: readonly ISecret[];
  readonly events: IQueue;
}

/** vCPUs of on-demand and of Spot instances: the codes of src/adapters/aws/inspect/inspect-quota.ts. */
const quotas = ['L-1216C47A', 'L-34B43A08'];

/**
 * The permissions of Twinhull itself: submit, describe and stop jobs, read their logs, publish, prune. It cannot read
 * the git token.
 */
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
    // `doctor` reads the labels of the builder image.
    if (parts.builderRepositoryArn)
      this.allow(['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], parts.builderRepositoryArn);
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
    // IAM authorizes a submit on the queue, on the definition and on the new job.
    this.allow(['batch:SubmitJob', 'batch:TerminateJob'], jobs);
    this.allow(['servicequotas:GetServiceQuota'], ...quotas.map((code) => this.quotaArn(code)));
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
      ],
      '*',
    );
    explainWildcards(this.policy, [
      [revisions, 'Every deployment registers a new revision of the job definition.'],
      [jobs, 'The id of a job is created at submission, and Batch supports no permissions by queue for this action.'],
      ['*', 'These actions only read, and support no resource-level permissions.'],
    ]);
  }

  /** The permissions to read, write and prune manifests through the registry API; layers are never copied. */
  private allowImages(repository: IRepository): void {
    this.allow(
      [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchDeleteImage',
        'ecr:BatchGetImage',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:ListImages',
        'ecr:PutImage',
      ],
      repository.repositoryArn,
    );
  }

  private allowWatching({ logGroup, secrets, events }: OrchestratorParts): void {
    this.allow(['logs:GetLogEvents'], logGroup.logGroupArn);
    this.allow(['sqs:DeleteMessage', 'sqs:ReceiveMessage'], events.queueArn);
    explainWildcards(this.policy, [
      [logGroup.logGroupArn, 'Each job creates log streams of its own in the log group.'],
    ]);
    for (const secret of secrets) {
      // `doctor` checks that the secret exists, without reading its value.
      const resource = secretResource(secret);
      this.allow(['secretsmanager:DescribeSecret'], resource);
      explainWildcards(this.policy, [[resource, secretReason]]);
    }
  }

  private quotaArn(code: string): string {
    return Stack.of(this).formatArn({ service: 'servicequotas', resource: 'ec2', resourceName: code });
  }

  private allow(actions: string[], ...resources: string[]): void {
    this.policy.addStatements(new PolicyStatement({ actions, resources }));
  }
}

/** @throws SettingInvalid when both are set, or the service account is invalid */
function whoAssumes({ assumedBy, serviceAccount }: OrchestratorProps): IPrincipal | undefined {
  if (serviceAccount === undefined) return assumedBy;
  if (assumedBy === undefined) return serviceAccountPrincipal(serviceAccount);
  throw invalidProp('orchestrator.serviceAccount', serviceAccount, 'omit assumedBy, or omit the service account');
}
