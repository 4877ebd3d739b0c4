import type { Platform } from '../../../domain/platform.ts';
import type { TagMutability } from '../ecr/tag-mutability.ts';

/** What doctor finds out about an AWS account: each a part of one API response, in names of our own. */
export interface IdentityFacts {
  readonly account: string;
  readonly arn: string;
}

/** A job queue: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobQueueDetail.html */
export interface QueueFacts {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  /** ARNs, in the order in which Batch tries them. */
  readonly computeEnvironments: readonly string[];
}

/** The hosts that a queue may start. */
export interface ComputeEnvironmentFacts {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  /** `EC2`, `SPOT`, `FARGATE` or `FARGATE_SPOT`; undefined where Batch does not manage the hosts. */
  readonly resource: string | undefined;
  readonly maxVcpus: number;
  /** Types (`m8g.xlarge`), families (`m8g`), or a keyword of Batch (`optimal`). */
  readonly instanceTypes: readonly string[];
  readonly subnets: readonly string[];
}

/** The size and architecture of an instance type. */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly platforms: readonly Platform[];
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
}

/** What a job definition grants and requires. */
export interface JobDefinitionFacts {
  readonly arn: string;
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly privileged: boolean;
  readonly user: string | undefined;
  readonly mounts: readonly { readonly hostPath: string; readonly containerPath: string }[];
  readonly environment: ReadonlyMap<string, string>;
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
  /** Batch terminates attempts that run longer; undefined for none. */
  readonly timeoutSeconds: number | undefined;
}

/** The description of a secret, never its value. */
export interface SecretFacts {
  readonly arn: string;
  readonly name: string;
  readonly isBeingDeleted: boolean;
}

/** A repository of ECR that jobs push to. */
export interface RepositoryFacts {
  readonly arn: string;
  /** `host/path` */
  readonly uri: string;
  readonly tags: TagMutability;
}

/** A CloudFormation stack. */
export interface StackFacts {
  readonly name: string;
  /** Of CloudFormation, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly description: string;
  /** Physical ids: names or ARNs, by the type of each resource. */
  readonly resources: ReadonlySet<string>;
}

/** How a subnet's hosts can reach the internet. */
export interface SubnetFacts {
  readonly id: string;
  readonly vpc: string;
  /** Target of its default route, if any: `igw-…`, `nat-…`, `tgw-…`, `vpce-…`, `eni-…`, or `other`. */
  readonly defaultRoute: string | undefined;
  /** Whether hosts get a public address automatically. */
  readonly givesPublicAddress: boolean;
}

/** How the hosts of a compute environment reach AWS, git and registries. */
export interface NetworkFacts {
  readonly subnets: readonly SubnetFacts[];
  /** Services with an endpoint in the VPC, by the end of their name: `ecr.dkr`, `s3`. */
  readonly endpoints: ReadonlySet<string>;
}
