import pLimit from 'p-limit';
import type { Described, JobDetail } from './job-detail.ts';

/** The most ids per DescribeJobs call: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html */
const idsPerCall = 100;

/** How many DescribeJobs calls are in flight at once. */
const callsAtOnce = 4;

/**
 * Describes any number of ids with several calls at once. Where only some calls succeed, the ids of the others are
 * `unseen`.
 * @param describe at most a hundred ids
 * @throws the error of the first call, when every call failed
 */
export async function describeInChunks(
  wanted: readonly string[],
  describe: (ids: readonly string[]) => Promise<Described>,
): Promise<Described> {
  const chunks = Array.from({ length: Math.ceil(wanted.length / idsPerCall) }, (_, index) =>
    wanted.slice(index * idsPerCall, (index + 1) * idsPerCall),
  );
  const found = new Map<string, JobDetail>();
  const unseen = new Map<string, unknown>();
  const failures: unknown[] = [];
  const describeChunk = async (chunk: readonly string[]): Promise<void> => {
    try {
      // An unavailable AWS is not called for chunk after chunk.
      if (failures.length >= callsAtOnce) throw failures[0];
      const answer = await describe(chunk);
      for (const [id, detail] of answer.found) found.set(id, detail);
      for (const [id, why] of answer.unseen) unseen.set(id, why);
    } catch (error) {
      failures.push(error);
      for (const id of chunk) unseen.set(id, error);
    }
  };
  const limit = pLimit(callsAtOnce);
  await Promise.all(chunks.map((chunk) => limit(describeChunk, chunk)));
  if (failures.length > 0 && failures.length === chunks.length) throw failures[0];
  return { found, unseen };
}
