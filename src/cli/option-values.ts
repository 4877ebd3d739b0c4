import { InvalidArgumentError } from 'commander';
import { isCommitPrefix, isFullCommit } from '../domain/commit.ts';

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A command as a JSON list, as a Dockerfile's CMD has it: no shell reads it, and no word is lost. */
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

export function commitBeginning(text: string): string {
  if (isCommitPrefix(text) || isFullCommit(text)) return text.toLowerCase();
  throw new InvalidArgumentError('A commit has 7 to 40 hexadecimal digits.');
}
