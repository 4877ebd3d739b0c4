/**
 * Whether a pattern matches the whole name of a branch: `*` is any text without a slash, `**` any text, and everything
 * else itself. Takes time proportional to the product of both lengths, for any input.
 */
export function matchesBranch(pattern: string, branch: string): boolean {
  const parts = pattern.split(/(\*+)/).flatMap((part) => (part.startsWith('*') ? [part] : Array.from(part)));
  let reached = pastStars(parts, new Set([0]));
  for (const character of branch) {
    const next = new Set<number>();
    for (const at of reached) {
      const part = parts[at];
      if (part === character) next.add(at + 1);
      else if (isStar(part) && (part !== '*' || character !== '/')) next.add(at);
    }
    reached = pastStars(parts, next);
  }
  return reached.has(parts.length);
}

/** A star may match the empty text. */
function pastStars(parts: readonly string[], places: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set(places);
  for (const at of all) if (isStar(parts[at])) all.add(at + 1);
  return all;
}

/** A branch name cannot contain a star, so no star is literal. */
function isStar(part: string | undefined): part is string {
  return part?.startsWith('*') ?? false;
}
