const longest = 100;

/** A value as an error message shows it: in quotes, control characters escaped, cut when long. */
export function quoted(value: string): string {
  const visible = JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\p{Cf}]/gu, escapeCharacter);
  return visible.length > longest ? `${visible.slice(0, longest)}…` : visible;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
