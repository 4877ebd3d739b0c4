import type { JobComparison } from './api.ts';

/** What is shown where no line differs. */
export function noDifferenceText({ hasLogs }: Pick<JobComparison, 'hasLogs'>): string {
  return hasLogs
    ? 'No line differs in meaning among the first 100,000 of the log.'
    : 'The logs are not compared: this build or the last success has none, or not any more.';
}

type Base = JobComparison['images'][number]['bases'][number];

/** How the digest of a base image compares; undefined where both are known and differ. */
export function baseText({ digest, baselineDigest }: Pick<Base, 'digest' | 'baselineDigest'>): string | undefined {
  if (digest === null && baselineDigest === null) return 'digest unknown in this build and the last success';
  if (digest === null) return 'digest unknown in this build';
  if (baselineDigest === null) return 'digest unknown in the last success';
  return digest === baselineDigest ? 'is the same' : undefined;
}
