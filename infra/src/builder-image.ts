/** A private ECR repository by the name of an image in it. */
export interface EcrImage {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
}

/** Taken apart where the image lies in a private ECR repository; undefined anywhere else. */
export function ecrImage(image: string): EcrImage | undefined {
  const match = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image);
  const [, account, region, repository] = match ?? [];
  return account && region && repository ? { account, region, repository } : undefined;
}
