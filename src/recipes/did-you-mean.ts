/** A longer word is not a misspelling of a known one, and the comparison takes time by its length. */
const longestWord = 64;

/** `; did you mean "dockerfile"?` if one of the known words is close enough, else `; there are a, b, c`. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (word.length > longestWord) return '';
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined) return `; did you mean ${JSON.stringify(nearest.candidate)}?`;
  return known.length === 0 ? '' : `; there are ${known.join(', ')}`;
}

/** Levenshtein distance: how many letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split('').entries()) {
    const current = [row + 1];
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
