import type { PlannedJob } from '../../domain/plan.ts';
import type { CollectedReport } from '../logs/log-collector.ts';

/**
 * What a successful job reports about what it pushed.
 *
 * - `reported`: the digest of each image
 * - `by-tag`: its builder has report version 1 and reports no digests; the staging tags have to be trusted
 * - `unknown`: the report is missing; `mayCome` when the log was not read to its end
 */
export type PushedDigests =
  | { readonly kind: 'reported'; readonly digests: Readonly<Record<string, string>> }
  | { readonly kind: 'by-tag' }
  | { readonly kind: 'unknown'; readonly mayCome: boolean };

/** Extracts the digests from a job's report. Pure. */
export function pushedDigests(job: PlannedJob, report: CollectedReport): PushedDigests {
  const unknown = { kind: 'unknown', mayCome: !report.isComplete } as const;
  // Only the last `pushed` marks are the builder's own, and they come at the end of the log.
  if (report.reportVersion === undefined || !report.isComplete) return unknown;
  if (report.reportVersion === 1) return { kind: 'by-tag' };
  const digests = job.steps.map(({ image }) => [image, report.pushed.get(image)] as const);
  if (digests.some(([, digest]) => digest === undefined)) return unknown;
  return { kind: 'reported', digests: Object.fromEntries(digests) as Record<string, string> };
}
