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
