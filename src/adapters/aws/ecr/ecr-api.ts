import type * as EcrSdk from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { z } from 'zod';
import type { EcrHost } from '../../../domain/ecr-host.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import type { RegistryCredentials } from '../../../ports/secret-source.ts';
import { clientOptions } from '../sdk/client-options.ts';
import { ecrFailure } from './ecr-errors.ts';
import type { TagMutability } from './tag-mutability.ts';

/** A login at a registry of ECR, which is valid for twelve hours. */
export type EcrLogin = RegistryCredentials & { readonly expiresAt: number };

/** The parts of a repository's description in use. */
export interface EcrRepository {
  /** `host/path`, the beginning of an image reference. */
  readonly uri: string;
  readonly tags: TagMutability;
}

/** The API endpoint to call. */
export type EcrRegion = Pick<EcrHost, 'region'> & Partial<EcrHost>;

/** How often a request is sent: one lost response must not fail a publication. */
const attempts = 3;

/** `user:password` in base64, of characters that are valid in an HTTP header. */
const login = z
  .base64()
  .transform((text) => Buffer.from(text, 'base64').toString('latin1'))
  .pipe(z.string().regex(/^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/, { error: 'it is not user:password' }));

const loginAnswer = z.object({
  authorizationData: z.tuple([z.object({ authorizationToken: login, expiresAt: z.date() })], z.unknown()),
});

const repositoryAnswer = z.object({
  repositories: z.tuple(
    [
      z.object({
        repositoryUri: z.string(),
        imageTagMutability: z.string().default('MUTABLE'),
        imageTagMutabilityExclusionFilters: z.array(z.object({ filter: z.string() })).default([]),
      }),
    ],
    z.unknown(),
  ),
});

const deletionAnswer = z.object({
  failures: z
    .array(
      z.object({ failureCode: z.string().default('unknown'), failureReason: z.string().default('no reason given') }),
    )
    .default([]),
});

/**
 * The few calls to ECR's own API that the distribution API has no equivalent for
 * (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/). Respects `AWS_ENDPOINT_URL` and the other settings of
 * the AWS SDK. Errors: `RegistryAccessDenied`, `RegistryRefused` for an unknown repository, `RegistryUnreachable`.
 */
export class EcrApi {
  readonly #at: EcrRegion;
  #client: ECRClient | undefined;

  /** Nothing is loaded or sent before the first call. */
  constructor(at: EcrRegion) {
    this.#at = at;
  }

  async login(): Promise<EcrLogin> {
    const { region } = this.#at;
    const doing = `get a login for ECR in ${region}`;
    const answer = await this.#ask(doing, loginAnswer, (client, { GetAuthorizationTokenCommand }) =>
      client.send(new GetAuthorizationTokenCommand({})),
    );
    const [{ authorizationToken, expiresAt }] = answer.authorizationData;
    const colon = authorizationToken.indexOf(':');
    const [username, password] = [authorizationToken.slice(0, colon), authorizationToken.slice(colon + 1)];
    return { username, password, expiresAt: expiresAt.getTime() };
  }

  async describeRepository(name: string): Promise<EcrRepository> {
    const { region, account } = this.#at;
    const doing = `look up the ECR repository ${name} in ${region}`;
    const answer = await this.#ask(doing, repositoryAnswer, (client, { DescribeRepositoriesCommand }) =>
      client.send(new DescribeRepositoriesCommand({ repositoryNames: [name], registryId: account })),
    );
    const [found] = answer.repositories;
    const exclusions = found.imageTagMutabilityExclusionFilters.map(({ filter }) => filter);
    return { uri: found.repositoryUri, tags: { setting: found.imageTagMutability, exclusions } };
  }

  /**
   * Removes an image by digest with all its tags, or one of its tags. Removing the last tag removes the image
   * (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html). A missing image is no error.
   *
   * @throws RegistryRefused when an index still refers to it
   */
  async deleteImage(name: string, image: { readonly tag: string } | { readonly digest: string }): Promise<void> {
    const { region, account } = this.#at;
    const what = 'tag' in image ? `${name}:${image.tag}` : `${name}@${image.digest}`;
    const doing = `delete ${what} from ECR in ${region}`;
    const imageIds = ['tag' in image ? { imageTag: image.tag } : { imageDigest: image.digest }];
    const { failures } = await this.#ask(doing, deletionAnswer, (client, { BatchDeleteImageCommand }) =>
      client.send(new BatchDeleteImageCommand({ repositoryName: name, registryId: account, imageIds })),
    );
    const refused = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound');
    if (refused === undefined) return;
    const { failureCode, failureReason } = refused;
    throw new TwinhullError('RegistryRefused', `cannot ${doing}: ${failureReason} (${failureCode})`);
  }

  close(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #ask<T>(
    doing: string,
    schema: z.ZodType<T>,
    send: (client: ECRClient, sdk: typeof EcrSdk) => Promise<unknown>,
  ): Promise<T> {
    try {
      // Loaded here, because most builds do not use ECR, and all of them would wait for it to load.
      const sdk = await import('@aws-sdk/client-ecr');
      this.#client ??= this.#open(sdk);
      return schema.parse(await send(this.#client, sdk));
    } catch (error) {
      throw ecrFailure(error, doing, this.#at.region);
    }
  }

  #open({ ECRClient }: typeof EcrSdk): ECRClient {
    const fips = this.#at.fips === true ? { useFipsEndpoint: true } : {};
    return new ECRClient({ ...clientOptions(this.#at, attempts), ...fips });
  }
}

/** A login at a registry. Called twice a day, so no connection is kept open. */
export async function loginAt(host: EcrHost): Promise<EcrLogin> {
  const api = new EcrApi(host);
  try {
    return await api.login();
  } finally {
    api.close();
  }
}
