import { z } from 'zod';
import type { UnusableMessage } from '../../../ports/job-backend.ts';
import { resourceNameOf } from '../sdk/resource-name.ts';

/** The content of a message of the event queue. */
export type EventMessage =
  | { readonly kind: 'changed'; readonly id: string }
  | { readonly kind: UnusableMessage; readonly detail: string };

/** The fields in use: https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html */
const stateChange = z.object({
  source: z.literal('aws.batch'),
  'detail-type': z.literal('Batch Job State Change'),
  detail: z.object({ jobId: z.string().min(1), jobName: z.string(), jobQueue: z.string() }),
});

/** Prefix of our jobs' names: see `attemptName`. */
const ourPrefix = 'twinhull-';

/**
 * Which job a message concerns, and whether it is one of ours. The job's state in it is ignored, because messages
 * arrive more than once and in any order. Pure.
 */
export function readJobChange(body: string, queues: readonly string[]): EventMessage {
  const event = stateChange.safeParse(jsonOf(body));
  if (!event.success) return { kind: 'malformed', detail: problemsOf(event.error) };
  const { jobId, jobName, jobQueue } = event.data.detail;
  const queue = resourceNameOf(jobQueue);
  const isOurs = jobName.startsWith(ourPrefix) && queues.some((known) => resourceNameOf(known) === queue);
  return isOurs ? { kind: 'changed', id: jobId } : { kind: 'foreign', detail: `job ${jobName} of queue ${queue}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Excludes the message's own text, which may contain anything. */
function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, code }) => `${path.join('.') || 'message'}: ${code}`).join(', ');
}
