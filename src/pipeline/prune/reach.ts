/** The content of a repository, as far as it was observed. */
export interface RepositoryContent {
  /** The digest that each tag points to. */
  readonly tags: ReadonlyMap<string, string>;
  /** The digests that an index references; none for an image. A digest without an entry is not in the repository. */
  readonly children: ReadonlyMap<string, readonly string[]>;
}

/** These digests and everything that their indexes reference, at any depth, as far as it exists. */
export function reachedFrom(digests: Iterable<string>, children: RepositoryContent['children']): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...digests];
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    const below = children.get(digest);
    if (below === undefined || reached.has(digest)) continue;
    reached.add(digest);
    waiting.push(...below);
  }
  return reached;
}

/** Each index before what it references: registries refuse to delete what an index still needs. */
export function indexesFirst(digests: Iterable<string>, children: RepositoryContent['children']): readonly string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const visit = (digest: string): void => {
    if (seen.has(digest)) return;
    seen.add(digest);
    for (const child of children.get(digest) ?? []) visit(child);
    ordered.push(digest);
  };
  const wanted = new Set(digests);
  for (const digest of wanted) visit(digest);
  return ordered.reverse().filter((digest) => wanted.has(digest));
}
