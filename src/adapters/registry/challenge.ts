/** One challenge of a `WWW-Authenticate` header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`;
const separators = /[ \t,]*/y;
const parameter = new RegExp(
  String.raw`(${token})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|(${token}))(?=[ \t]*(?:,|$))`,
  'ys',
);
const schemeName = new RegExp(String.raw`(${token})(?=[ \t,]|$)`, 'y');
const token68 = /[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/**
 * Parses all challenges of a header; one header may contain several, and quoted values may contain commas. Anything
 * after a malformed part is ignored.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = skip(separators, header, 0);
  while (position < header.length) {
    const current = challenges.at(-1);
    const pair = matchAt(parameter, header, position);
    if (pair !== undefined && current !== undefined) {
      const [whole, name = '', quotedValue, plainValue = ''] = pair;
      const value = quotedValue?.replace(/\\(.)/gs, '$1') ?? plainValue;
      if (!current.parameters.has(name.toLowerCase())) current.parameters.set(name.toLowerCase(), value);
      position += whole.length;
    } else {
      const scheme = matchAt(schemeName, header, position)?.[1];
      if (scheme === undefined) break;
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
      position = skip(token68, header, position + scheme.length);
    }
    position = skip(separators, header, position);
  }
  return challenges;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text) ?? undefined;
}

function skip(pattern: RegExp, text: string, position: number): number {
  return position + (matchAt(pattern, text, position)?.[0].length ?? 0);
}
