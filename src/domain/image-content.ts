/**
 * What a job found when it examined the files of an image: no program at all, at least one, or none in the part that it
 * read.
 */
export const programFindings = ['none', 'some', 'unknown'] as const;

/** A value of `programFindings`. */
export type ProgramFinding = (typeof programFindings)[number];

/** What shows whether two images have the same files, and whether these can suit two architectures. */
export interface ImageContent {
  /** Digest over the digests of the uncompressed layers, in their order. */
  readonly layers: string;
  readonly programs: ProgramFinding;
}

/** Whether a word of a log is a finding. */
export function isProgramFinding(word: string): word is ProgramFinding {
  return (programFindings as readonly string[]).includes(word);
}
