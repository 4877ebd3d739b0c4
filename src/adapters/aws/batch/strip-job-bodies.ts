import type { BatchClient } from '@aws-sdk/client-batch';
import { z } from 'zod';
import { describedFields } from './job-detail.ts';

/** The part of the response that the SDK's middleware exposes: https://smithy.io, `HttpResponse`. */
const answered = z.object({ response: z.looseObject({ statusCode: z.literal(200), body: z.instanceof(Uint8Array) }) });

/**
 * Removes from DescribeJobs responses what nothing here reads, before the SDK parses them: the builder's script, the
 * environment and the rest of the definition, which every job includes. For thousands of jobs they are most of the work.
 */
export function stripJobBodies({ middlewareStack }: BatchClient): void {
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        if (commandName !== 'DescribeJobsCommand') return result;
        const answer = answered.safeParse(result);
        if (answer.success) (result.response as { body: Uint8Array }).body = stripped(answer.data.response.body);
        return result;
      },
    // Just inside the SDK's own deserializer.
    { step: 'deserialize', priority: 'low' },
  );
}

/** Leaves any other body unchanged, for the SDK to reject. */
function stripped(body: Uint8Array): Uint8Array {
  const answer = jsonOf(body);
  if (!isRecord(answer) || !Array.isArray(answer['jobs'])) return body;
  return Buffer.from(JSON.stringify({ jobs: answer['jobs'].map(strippedJob) }));
}

function strippedJob(job: unknown): unknown {
  if (!isRecord(job)) return job;
  const { container } = job;
  const read = isRecord(container) ? picked(container, describedFields.container) : container;
  return { ...picked(job, describedFields.job), container: read };
}

function picked(from: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const field of fields) read[field] = from[field];
  return read;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
