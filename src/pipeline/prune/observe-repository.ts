import pLimit from 'p-limit';
import { isIndexMediaType, parseIndex } from '../../domain/image-document.ts';
import { placeholderTag } from '../../domain/placeholder.ts';
import type { Registry } from '../../ports/registry.ts';
import type { BuildFacts } from './build-facts.ts';
import type { ObservedRepository } from './prune-input.ts';

/** Concurrent requests to a registry. */
const width = 8;

/**
 * Resolves every one of `tags`, and reads every index that a tag or a build reaches.
 * @param tags listed before `builds` were read, so that each build that pushed one of them is among those
 * @throws VerifyFailed for an index that cannot be read: what it needs is unknown
 * @throws RegistryUnreachable, RegistryAccessDenied, RegistryRefused
 */
export async function observeRepository(
  registry: Registry,
  tags: readonly string[],
  builds: readonly BuildFacts[],
): Promise<ObservedRepository> {
  const resolved = new Map<string, string>();
  await forEachOf(tags, async (tag) => {
    const digest = await registry.resolve(tag);
    if (digest !== undefined) resolved.set(tag, digest);
  });
  // Removed and kept tags are reported in the order of the tags, not in that of the registry's answers.
  const pointers = new Map(
    tags.flatMap((tag) => {
      const digest = resolved.get(tag);
      return digest === undefined ? [] : [[tag, digest] as const];
    }),
  );
  const stored = builds.flatMap(({ images, moves }) => [
    ...images,
    ...moves.flatMap(({ newDigest, oldDigest }) => [newDigest, oldDigest ?? []].flat()),
  ]);
  const children = new Map<string, readonly string[]>();
  const halfRemoved = new Set<string>();
  const asked = new Set<string>();
  let wanted = [...new Set([...pointers.values(), ...stored])];
  while (wanted.length > 0) {
    for (const digest of wanted) asked.add(digest);
    await forEachOf(wanted, async (digest) => {
      const manifest = await registry.getManifest(digest);
      if (manifest === undefined) return;
      const isIndex = isIndexMediaType(manifest.mediaType);
      const goingTag = placeholderTag(manifest);
      if (goingTag !== undefined && pointers.get(goingTag) === digest) halfRemoved.add(goingTag);
      children.set(digest, isIndex ? parseIndex(manifest).map((child) => child.digest) : []);
    });
    const named = wanted.flatMap((digest) => children.get(digest) ?? []);
    wanted = [...new Set(named)].filter((digest) => !asked.has(digest));
  }
  const { repository, untaggedImages } = registry;
  return { repository, untaggedImages, tags: pointers, halfRemoved, children };
}

/** @throws the first error of `work`, after which it is begun for no further item */
async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const limit = pLimit(width);
  try {
    await Promise.all(items.map((item) => limit(work, item)));
  } finally {
    limit.clearQueue();
  }
}
