import type { BatchClient } from '@aws-sdk/client-batch';
import { z } from 'zod';

/** What of an answer the SDK's middleware shows: https://smithy.io, `HttpResponse`. */
const answered = z.object({ response: z.looseObject({ statusCode: z.literal(200), body: z.instanceof(Uint8Array) }) });

/** As far as it is taken apart here; the SDK reads the rest. */
const jobs = z.looseObject({ jobs: z.array(z.looseObject({ container: z.looseObject({}).optional() })) });

/**
 * Takes out of the answers of DescribeJobs what is long and of no use here, before the SDK makes objects of it: the
 * builder's script and the environment, which come back with every job. Of thousands of jobs that is most of the work.
 */
export function slimAnswers({ middlewareStack }: BatchClient): void {
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        if (commandName !== 'DescribeJobsCommand') return result;
        const answer = answered.safeParse(result);
        if (answer.success) (result.response as { body: Uint8Array }).body = slimmed(answer.data.response.body);
        return result;
      },
    // Just inside of what makes objects of the answer.
    { step: 'deserialize', priority: 'low' },
  );
}

/** What is no answer of DescribeJobs stays as it is, for the SDK to say so. */
function slimmed(body: Uint8Array): Uint8Array {
  const answer = jobs.safeParse(jsonOf(body));
  if (!answer.success) return body;
  const slim = answer.data.jobs.map((job) => ({
    ...job,
    container: job.container && { ...job.container, command: undefined, environment: undefined },
  }));
  return Buffer.from(JSON.stringify({ ...answer.data, jobs: slim }));
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
