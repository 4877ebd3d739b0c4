import { InvalidArgumentError } from 'commander';
import { isCommitPrefix, isFullCommit } from '../domain/commit.ts';

/** A number above 0, also a fraction. @throws InvalidArgumentError */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** A whole number above 0. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

/** Parses a whole number from `least` to `most`. */
export function wholeNumberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Parses a command as a JSON list, like a Dockerfile's CMD: no shell splits it. */
export function commandWords(text: string): readonly string[] {
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    words = undefined;
  }
  if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string') && words[0] !== '')
    return words;
  throw new InvalidArgumentError(`It must be a JSON list of words, such as '["uname", "-m"]'.`);
}

/** Adds one `NAME=VALUE` to those before. */
export function environmentVariable(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be NAME=VALUE, with a name of letters, digits and _.');
  return { ...earlier, [name]: value };
}

/** Adds one `key=value` to those before, as `cdk -c` takes them. @throws InvalidArgumentError */
export function contextValue(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be key=value.');
  return { ...earlier, [key]: value };
}

/** A commit or its beginning, in lower case. @throws InvalidArgumentError */
export function commitBeginning(text: string): string {
  if (isCommitPrefix(text) || isFullCommit(text)) return text.toLowerCase();
  throw new InvalidArgumentError('A commit has 7 to 40 hexadecimal digits.');
}
