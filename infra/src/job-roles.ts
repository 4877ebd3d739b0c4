import { Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { imageRepositoryArn } from './builder-image.ts';
import { secretReason, secretResource } from './secret-resource.ts';
import { explainWildcards } from './wildcards.ts';

const loginReason =
  'GetAuthorizationToken supports no resource-level permissions; other statements limit the use of the token.';

/** What the builder, and therefore the code of repositories, may do in AWS. */
export function jobRole(scope: Construct, id: string, repository: IRepository, secrets: readonly ISecret[]): Role {
  const role = new Role(scope, id, {
    description: 'Builder: read its secrets, push to its repository',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  allow(role, ['ecr:GetAuthorizationToken'], '*');
  allow(role, [...pull, ...push, ...read], repository.repositoryArn);
  explainWildcards(role, [['*', loginReason]]);
  for (const secret of secrets) {
    const resource = secretResource(secret);
    allow(role, ['secretsmanager:GetSecretValue'], resource);
    if (!secret.secretFullArn) explainWildcards(role, [[resource, secretReason]]);
  }
  return role;
}

/** Secrets Manager decrypts with the caller's permission; the condition limits that to secrets. */
export function allowSecretsOf(role: Role, key: IKey): void {
  const { region, urlSuffix } = Stack.of(role);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` } },
    }),
  );
}

/** The role that starts the builder's container: it pulls the image, if it is in ECR, and writes the log. */
export function executionRole(scope: Construct, id: string, logGroup: ILogGroup, image: string): Role {
  const role = new Role(scope, id, {
    description: 'Start of the builder: pull its image, write its log',
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  });
  allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
  explainWildcards(role, [[logGroup.logGroupArn, 'Each job creates log streams of its own in the log group.']]);
  const repository = imageRepositoryArn(scope, image);
  if (repository) {
    allow(role, ['ecr:GetAuthorizationToken'], '*');
    allow(role, pull, repository);
    explainWildcards(role, [['*', loginReason]]);
  }
  return role;
}

const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const push = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
/** Scripts of repositories read the URI of the repository. */
const read = ['ecr:DescribeImages', 'ecr:DescribeRepositories'];

function allow(role: Role, actions: readonly string[], resource: string): void {
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
}
