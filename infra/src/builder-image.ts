import { type EcrHost, parseEcrHost } from '../../src/domain/ecr-host.ts';

/** A private ECR repository by the name of an image in it. */
export interface EcrImage extends Pick<EcrHost, 'account' | 'region'> {
  readonly repository: string;
}

/** Taken apart where the image lies in a private ECR repository; undefined anywhere else. */
export function ecrImage(image: string): EcrImage | undefined {
  const [, host = '', repository] = /^([^/]+)\/([^:@]+)/.exec(image) ?? [];
  const ecr = parseEcrHost(host);
  return ecr && repository ? { account: ecr.account, region: ecr.region, repository } : undefined;
}
