const longest = 100;
const invisible = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

/** A value for an error message: in quotes, control characters escaped, cut when long. */
export function quoted(value: string): string {
  const text = visible(JSON.stringify(value));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** The same text on one line, with invisible characters escaped. */
export function visible(text: string): string {
  return text.replace(invisible, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
