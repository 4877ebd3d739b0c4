import { scriptObjectName } from '../../../src/builder/script.ts';
import { testScript } from '../test-script.ts';
import { type AwsCall, arnOf, type CallSource } from './aws-call.ts';

const queues = ['vecoli-build-arm64', 'vecoli-build-amd64'].map((name) => arnOf('batch', `job-queue/${name}`));
const definition = arnOf('batch', 'job-definition/vecoli-dind-build');
const job = arnOf('batch', 'job/3f6c0b4e-3b1e-4a53-9d2a-0f6f1b1f5f0e');
const logGroup = '/twinhull/vecoli-dind-build';
const stream = arnOf('logs', `log-group:${logGroup}:log-stream:vecoli-dind-build/default/1a2b3c`);
const repository = arnOf('ecr', 'repository/vecoli');
const events = arnOf('sqs', 'PipelineEventsQueue');
const secrets = ['vecoli-github-pat-AbCdEf', 'npm-token-AbCdEf'].map((name) =>
  arnOf('secretsmanager', `secret:${name}`),
);
/** Without an import of their module, which would load the network code for every test. */
export const quotaCodes = ['L-1216C47A', 'L-34B43A08'] as const;
const cluster = arnOf('ecs', 'cluster/PipelineArm64Hosts_Batch_7c1f');
const instance = arnOf('ecs', 'container-instance/PipelineArm64Hosts_Batch_7c1f/9a8b7c');

const sdk = (command: string): CallSource => ({ sdk: command });
const anywhere = (action: AwsCall['action'], from: CallSource): AwsCall => ({ action, resources: ['*'], from });
const on = (resources: string | readonly string[], from: CallSource, ...actions: AwsCall['action'][]): AwsCall[] =>
  actions.map((action) => ({ action, resources: [resources].flat(), from }));

const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] as const;

/** What `doctor --before-deploy` reads. Its caller deploys; the policy is in docs/deploying.md. */
const beforeDeploy: readonly AwsCall[] = [
  anywhere('batch:DescribeJobDefinitions', sdk('DescribeJobDefinitions')),
  anywhere('batch:DescribeJobQueues', sdk('DescribeJobQueues')),
  ...['smsvpctest-build-batch', 'CDKToolkit'].flatMap((name) =>
    on(
      arnOf('cloudformation', `stack/${name}/0a1b2c3d`),
      sdk('DescribeStacks'),
      'cloudformation:DescribeStacks',
    ).concat(
      on(
        arnOf('cloudformation', `stack/${name}/0a1b2c3d`),
        sdk('ListStackResources'),
        'cloudformation:ListStackResources',
      ),
    ),
  ),
  anywhere('ec2:DescribeAvailabilityZones', sdk('DescribeAvailabilityZones')),
  anywhere('ec2:DescribeInstanceTypeOfferings', sdk('DescribeInstanceTypeOfferings')),
  anywhere('ec2:DescribeInstanceTypes', sdk('DescribeInstanceTypes')),
  anywhere('ec2:DescribeRouteTables', sdk('DescribeRouteTables')),
  anywhere('ec2:DescribeSubnets', sdk('DescribeSubnets')),
  anywhere('ec2:DescribeVpcEndpoints', sdk('DescribeVpcEndpoints')),
  ...on(repository, sdk('DescribeRepositories'), 'ecr:DescribeRepositories'),
  ...secrets.flatMap((secret) => on(secret, sdk('DescribeSecret'), 'secretsmanager:DescribeSecret')),
  ...on(arnOf('servicequotas', `ec2/${quotaCodes[0]}`), sdk('GetServiceQuota'), 'servicequotas:GetServiceQuota'),
];

/** The calls of each role of the stack. `operator` and `beforeDeploy` are of a person, to whom the stack grants nothing. */
export const awsCalls = {
  orchestrator: [
    ...queues.flatMap((queue) => [
      ...on([queue, definition, job], sdk('SubmitJob'), 'batch:SubmitJob'),
      // BUILD_JOB_DEFINITION can name a revision.
      ...on([queue, `${definition}:7`, job], sdk('SubmitJob'), 'batch:SubmitJob'),
    ]),
    ...on(job, sdk('TerminateJob'), 'batch:TerminateJob'),
    anywhere('batch:DescribeComputeEnvironments', sdk('DescribeComputeEnvironments')),
    anywhere('batch:DescribeJobDefinitions', sdk('DescribeJobDefinitions')),
    anywhere('batch:DescribeJobQueues', sdk('DescribeJobQueues')),
    anywhere('batch:DescribeJobs', sdk('DescribeJobs')),
    anywhere('batch:ListJobs', sdk('ListJobs')),
    anywhere('ec2:DescribeInstanceTypeOfferings', sdk('DescribeInstanceTypeOfferings')),
    anywhere('ec2:DescribeInstanceTypes', sdk('DescribeInstanceTypes')),
    anywhere('ec2:DescribeRouteTables', sdk('DescribeRouteTables')),
    anywhere('ec2:DescribeSubnets', sdk('DescribeSubnets')),
    anywhere('ec2:DescribeVpcEndpoints', sdk('DescribeVpcEndpoints')),
    anywhere('ecr:GetAuthorizationToken', sdk('GetAuthorizationToken')),
    // IAM requires no permission for it.
    anywhere('sts:GetCallerIdentity', sdk('GetCallerIdentity')),
    ...quotaCodes.flatMap((quota) =>
      on(arnOf('servicequotas', `ec2/${quota}`), sdk('GetServiceQuota'), 'servicequotas:GetServiceQuota'),
    ),
    ...on(stream, sdk('GetLogEvents'), 'logs:GetLogEvents'),
    ...on(events, { library: 'sqs-consumer' }, 'sqs:ReceiveMessage', 'sqs:DeleteMessage'),
    ...on(repository, sdk('DescribeRepositories'), 'ecr:DescribeRepositories'),
    ...on(repository, sdk('BatchDeleteImage'), 'ecr:BatchDeleteImage'),
    ...on(repository, { registryApi: 'manifests and blobs' }, ...pull, 'ecr:PutImage'),
    ...on(repository, { registryApi: 'tags/list' }, 'ecr:ListImages'),
    ...secrets.flatMap((secret) => on(secret, sdk('DescribeSecret'), 'secretsmanager:DescribeSecret')),
  ],
  job: [
    anywhere('ecr:GetAuthorizationToken', { cli: 'ecr get-login-password' }),
    ...secrets.flatMap((secret) =>
      on(secret, { cli: 'secretsmanager get-secret-value' }, 'secretsmanager:GetSecretValue'),
    ),
    ...on(`arn:aws-us-gov:s3:::scripts/${scriptObjectName(testScript)}`, { cli: 's3 cp' }, 's3:GetObject'),
    ...on(repository, { registryApi: 'docker pull' }, ...pull),
    ...on(
      repository,
      { registryApi: 'docker push' },
      'ecr:CompleteLayerUpload',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ),
    ...on(repository, { aws: 'scripts of repositories' }, 'ecr:DescribeRepositories', 'ecr:DescribeImages'),
  ],
  execution: [...on(stream, { aws: 'awslogs driver' }, 'logs:CreateLogStream', 'logs:PutLogEvents')],
  hosts: [
    anywhere('ecs:DiscoverPollEndpoint', { aws: 'ECS agent' }),
    ...on(
      cluster,
      { aws: 'ECS agent' },
      'ecs:DeregisterContainerInstance',
      'ecs:RegisterContainerInstance',
      'ecs:SubmitAttachmentStateChanges',
      'ecs:SubmitContainerStateChange',
      'ecs:SubmitTaskStateChange',
    ),
    ...on(instance, { aws: 'ECS agent' }, 'ecs:Poll', 'ecs:StartTelemetrySession'),
    {
      action: 'ecs:TagResource',
      resources: [instance],
      context: { 'ecs:CreateAction': 'RegisterContainerInstance' },
      from: { aws: 'ECS agent' },
    },
  ],
  flowLogs: on(
    arnOf('logs', 'log-group:PipelineNetworkConnections:log-stream:eni-1'),
    { aws: 'VPC flow logs' },
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ).concat(
    // IAM writes a log group's ARN with this ending.
    on(arnOf('logs', 'log-group:PipelineNetworkConnections:*'), { aws: 'VPC flow logs' }, 'logs:DescribeLogStreams'),
  ),
  operator: [
    ...on(arnOf('batch', 'job-definition/mine:1'), sdk('RegisterJobDefinition'), 'batch:RegisterJobDefinition'),
  ],
  beforeDeploy,
} as const satisfies Record<string, readonly AwsCall[]>;

/**
 * Operations that IAM authorizes under another name:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
 */
export const authorizedAs: Readonly<Record<string, string>> = { 'sqs:DeleteMessageBatch': 'sqs:DeleteMessage' };

export type RoleName = keyof typeof awsCalls;

/** Where the template has a role's policies: part of their logical ids. */
export const policyOf: Readonly<Record<Exclude<RoleName, 'operator' | 'beforeDeploy'>, string>> = {
  orchestrator: 'PipelineOrchestratorPolicy',
  job: 'PipelineJobJobRole',
  execution: 'PipelineJobExecutionRole',
  hosts: 'PipelineHostsRole',
  flowLogs: 'FlowLogIAMRole',
};

/** The calls that the stack's options add. */
export const optionalCalls = {
  builderInEcr: [
    anywhere('ecr:GetAuthorizationToken', { aws: 'ECS agent' }),
    ...on(arnOf('ecr', 'repository/builder'), { aws: 'ECS agent' }, ...pull),
  ],
  labelsOfBuilder: on(
    arnOf('ecr', 'repository/builder'),
    { registryApi: 'manifests and blobs' },
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
  ),
  encryptionKey: (key: string): AwsCall => ({
    action: 'kms:Decrypt',
    resources: [key],
    context: { 'kms:ViaService': `secretsmanager.us-gov-west-1.amazonaws.com` },
    from: { aws: 'Secrets Manager' },
  }),
};
