import { visit } from 'jsonc-parser';
import { quoted } from './quoted.ts';

/** Bounds on untrusted JSON, which keep its parsing cheap. */
export interface JsonLimits {
  /** Nested objects and lists. @default 64 */
  readonly depth?: number;
  /** Objects, lists, strings, numbers, and so on. @default 100,000 */
  readonly values?: number;
}

/** Why a document was refused. Of its text, the message repeats only names of keys. */
export class JsonRefused extends Error {}

/**
 * Parses JSON that means the same to every parser: valid UTF-8, no byte order mark, no key twice in an object and none
 * named `__proto__`, no half of a surrogate pair, no number beyond the range of doubles. Depth and size are checked
 * before any value is created. See also {@link foldKey} for parsers that ignore case.
 *
 * @throws JsonRefused
 */
export function readJson(bytes: Uint8Array, { depth = 64, values = 100_000 }: JsonLimits = {}): unknown {
  const text = decode(bytes);
  checkTokens(text, depth, values);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message repeats a piece of the text, which may be a secret.
    throw new JsonRefused('it is not valid JSON');
  }
}

/** For answers that count as missing when they cannot be parsed. */
export function readJsonIfValid(bytes: Uint8Array, limits?: JsonLimits): unknown {
  try {
    return readJson(bytes, limits);
  } catch {
    return undefined;
  }
}

/**
 * Folds a name as Go's encoding/json matches it (https://pkg.go.dev/encoding/json#Unmarshal), for names of ASCII
 * letters: beyond them only U+017F (s) and U+212A (k) fold to one.
 */
export function foldKey(key: string): string {
  return key.replaceAll('\u017f', 's').toLowerCase();
}

function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\ufeff')) throw new JsonRefused('it begins with a byte order mark');
    return text;
  } catch (error) {
    throw error instanceof JsonRefused ? error : new JsonRefused('it is not valid UTF-8');
  }
}

/** JSON.parse reads the text; this check sees what it drops, and stops at the first excess. */
function checkTokens(text: string, mostDepth: number, mostValues: number): void {
  /** The keys of the enclosing objects; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let count = 0;
  const value = (): void => {
    count += 1;
    if (count > mostValues) throw new JsonRefused(`it has more than ${mostValues} values`);
  };
  const begin = (keys: Set<string> | undefined): void => {
    value();
    if (open.push(keys) > mostDepth) throw new JsonRefused(`it is nested more than ${mostDepth} deep`);
  };
  const end = (): void => void open.pop();
  const key = (name: string): void => {
    checkString(name);
    if (name === '__proto__') throw new JsonRefused('no key may be "__proto__"');
    const keys = open.at(-1);
    if (keys?.has(name) === true) throw new JsonRefused(`the key ${quoted(name)} appears twice in one object`);
    keys?.add(name);
  };
  const literal = (found: unknown): void => {
    value();
    if (typeof found === 'string') checkString(found);
    if (typeof found === 'number') checkNumber(found);
  };
  const refuse = (): never => {
    throw new JsonRefused('it is not valid JSON');
  };
  visit(
    text,
    {
      onObjectBegin: () => begin(new Set()),
      onObjectEnd: end,
      onArrayBegin: () => begin(undefined),
      onArrayEnd: end,
      onObjectProperty: key,
      onLiteralValue: literal,
      onError: refuse,
    },
    { disallowComments: true },
  );
}

function checkString(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new JsonRefused('a string in it holds half of a surrogate pair');
}

function checkNumber(number: number): void {
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)))
    throw new JsonRefused('a number in it is too large to be read the same everywhere');
}
