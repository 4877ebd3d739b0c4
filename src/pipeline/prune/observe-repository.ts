import { isIndexMediaType, parseIndex } from '../../domain/image-index.ts';
import { placeholderTag } from '../../domain/placeholder.ts';
import type { Registry } from '../../ports/registry.ts';
import type { BuildFacts } from './build-facts.ts';
import type { ObservedRepository } from './plan-prune.ts';

/** Questions to a registry at one time. */
const width = 8;

/**
 * Where every one of `tags` points, and what every index names that a tag or a build reaches.
 * @param tags listed before `builds` were read: so each build that pushed one of them is among those
 * @throws VerifyFailed for an index that cannot be read: nobody could say what it needs
 * @throws RegistryUnreachable, RegistryAccessDenied, RegistryRefused
 */
export async function observeRepository(
  registry: Registry,
  tags: readonly string[],
  builds: readonly BuildFacts[],
): Promise<ObservedRepository> {
  const pointers = new Map<string, string>();
  await forEachOf(tags, async (tag) => {
    const digest = await registry.resolve(tag);
    if (digest !== undefined) pointers.set(tag, digest);
  });
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

async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
