import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type EcrHost, parseEcrHost } from '../../src/domain/ecr-host.ts';

/** The account and region of a private ECR repository, from the name of an image in it. */
export interface EcrImage extends Pick<EcrHost, 'account' | 'region'> {
  readonly repository: string;
}

/** Parses the name of an image in a private ECR repository; undefined for any other. */
export function ecrImage(image: string): EcrImage | undefined {
  const [, host = '', repository] = /^([^/]+)\/([^:@]+)/.exec(image) ?? [];
  const ecr = parseEcrHost(host);
  return ecr && repository ? { account: ecr.account, region: ecr.region, repository } : undefined;
}

/** ARN of the private ECR repository of an image; undefined for an image of any other registry. */
export function imageRepositoryArn(scope: Construct, image: string): string | undefined {
  const { repository, ...place } = ecrImage(image) ?? {};
  if (repository === undefined) return undefined;
  return Stack.of(scope).formatArn({ service: 'ecr', resource: 'repository', resourceName: repository, ...place });
}
