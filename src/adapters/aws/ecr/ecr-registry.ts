import { parseEcrHost } from '../../../domain/ecr-host.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { digestOf, parseImageRepository } from '../../../domain/image-reference.ts';
import { systemClock } from '../../../ports/clock.ts';
import { type OpenRegistry, openRegistry, type RegistryOptions } from '../../registry/oci-registry.ts';
import { EcrApi } from './ecr-api.ts';
import { RepositoryDescription } from './repository-description.ts';
import { isTagImmutable } from './tag-mutability.ts';

/** ECR's API answers what its registry does not: which tags are immutable, and deletion. */
export interface EcrRegistryOptions extends Omit<RegistryOptions, 'immutableTags'> {
  /** @default ECR of the host's region, with the credentials that the AWS SDK finds */
  readonly api?: Pick<EcrApi, 'describeRepository' | 'deleteImage' | 'close'> | undefined;
}

/**
 * A repository at ECR: the distribution API, and what only ECR's API reports: which tags are immutable, and whether the
 * repository exists at all, as a push does not create it.
 *
 * @throws ImageReferenceInvalid
 */
export function openEcrRegistry(repository: string, options: EcrRegistryOptions = {}): OpenRegistry {
  const { host, path } = parseImageRepository(repository);
  const { api = new EcrApi(ecrHost(host)), clock = systemClock, ...others } = options;
  const description = new RepositoryDescription(path, api, clock);
  const immutableTags = async (tag: string): Promise<boolean> => {
    const tags = (await description.get())?.tags;
    return tags !== undefined && isTagImmutable(tags, tag);
  };
  const registry = openRegistry(repository, { ...others, clock, immutableTags });
  return {
    repository: registry.repository,
    getManifest: (reference) => registry.getManifest(reference),
    async resolve(reference) {
      const digest = await registry.resolve(reference);
      // Distinguishes a missing tag from a missing repository, which would only fail the push at the end of a build.
      if (digest === undefined) await description.get();
      return digest;
    },
    getImageConfig: (described) => registry.getImageConfig(described),
    putManifest: (reference, manifest) => registry.putManifest(reference, manifest),
    isImmutable: (tag) => registry.isImmutable(tag),
    listTags: () => registry.listTags(),
    untaggedImages: 'go',
    // No image has this digest, but ECR checks the permission to delete all the same.
    checkDeletion: () => api.deleteImage(path, { digest: digestOf(Buffer.from('twinhull-check')) }),
    async deleteTag(tag, digest) {
      if ((await registry.resolve(tag)) === digest) await api.deleteImage(path, { tag });
    },
    deleteManifest: (digest) => api.deleteImage(path, { digest }),
    async check() {
      await registry.check();
      await description.get();
    },
    async close() {
      api.close();
      await registry.close();
    },
  };
}

function ecrHost(host: string) {
  const parsed = parseEcrHost(host);
  if (parsed !== undefined) return parsed;
  throw new TwinhullError('ImageReferenceInvalid', `"${host}" is not a host of ECR`, {
    hint: 'ECR hosts have the form {account}.dkr.ecr.{region}.amazonaws.com',
  });
}
