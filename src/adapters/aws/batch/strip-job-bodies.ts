import type { BatchClient } from '@aws-sdk/client-batch';
import { z } from 'zod';

/** The part of the response that the SDK's middleware exposes: https://smithy.io, `HttpResponse`. */
const answered = z.object({ response: z.looseObject({ statusCode: z.literal(200), body: z.instanceof(Uint8Array) }) });

/** Only the fields that are changed here; the SDK parses the rest. */
const jobs = z.looseObject({ jobs: z.array(z.looseObject({ container: z.looseObject({}).optional() })) });

/**
 * Removes the long, unused parts of DescribeJobs responses before the SDK parses them: the builder's script and the
 * environment, which every job includes. For thousands of jobs they are most of the work.
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
  const answer = jobs.safeParse(jsonOf(body));
  if (!answer.success) return body;
  const strippedJobs = answer.data.jobs.map((job) => ({
    ...job,
    container: job.container && { ...job.container, command: undefined, environment: undefined },
  }));
  return Buffer.from(JSON.stringify({ ...answer.data, jobs: strippedJobs }));
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
