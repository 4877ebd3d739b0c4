/** Seconds in each unit that a duration may carry, longest first. */
const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Each unit at most once, longest first, no spaces: `45s`, `90m`, `1h30m`, `2d`. */
export const durationPattern = /^(?=\d)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/;

/** `1h30m` -> 5400; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  return units.reduce((total, [, seconds], index) => total + Number(match[index + 1] ?? 0) * seconds, 0);
}

/** 5400 -> `1h30m`: the shortest text that `parseDuration` reads back as the same number. Drops fractions. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}
