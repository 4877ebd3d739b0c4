import type { BatchClient, RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import { z } from 'zod';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { type AwsAnswer, ask } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import { failureAdvice, failureMeaning, isOutside } from '../sdk/error-words.ts';

/** The revision that jobs are to use. */
export interface RegisteredJobDefinition {
  readonly arn: string;
  readonly name: string;
  readonly revision: number;
  /** False when the latest revision already was this document. */
  readonly isNew: boolean;
}

const revisionAnswer = z.object({
  jobDefinitionArn: z.string(),
  revision: z.number().int(),
  tags: z.record(z.string(), z.string()).default({}),
});

type Revision = z.infer<typeof revisionAnswer>;

/**
 * Registers a job definition, unless the latest active revision of its name has the same document in its tag
 * `documentTag`: revisions never change, and Batch adds fields of its own to a document.
 *
 * @throws AwsAccessDenied, BackendUnreachable, ArgumentInvalid when Batch rejects the document
 */
export async function registerJobDefinition(
  document: RegisterJobDefinitionCommandInput,
  documentTag: string,
  place: AwsPlace,
): Promise<RegisteredJobDefinition> {
  const { BatchClient, RegisterJobDefinitionCommand } = await import('@aws-sdk/client-batch');
  const client = new BatchClient(clientOptions(place));
  try {
    const name = document.jobDefinitionName ?? '';
    const latest = answered(await ask('batch:DescribeJobDefinitions', () => latestRevision(client, name)), place);
    const tag = document.tags?.[documentTag];
    if (latest !== undefined && tag !== undefined && latest.tags[documentTag] === tag)
      return { arn: latest.jobDefinitionArn, name, revision: latest.revision, isNew: false };
    const made = answered(
      await ask('batch:RegisterJobDefinition', async () =>
        revisionAnswer.parse(await client.send(new RegisterJobDefinitionCommand(document))),
      ),
      place,
    );
    return { arn: made.jobDefinitionArn, name, revision: made.revision, isNew: true };
  } finally {
    client.destroy();
  }
}

async function latestRevision(client: BatchClient, name: string): Promise<Revision | undefined> {
  const { paginateDescribeJobDefinitions } = await import('@aws-sdk/client-batch');
  let latest: Revision | undefined;
  for await (const page of paginateDescribeJobDefinitions({ client }, { jobDefinitionName: name, status: 'ACTIVE' })) {
    for (const definition of z.array(revisionAnswer).parse(page.jobDefinitions ?? []))
      if (latest === undefined || definition.revision > latest.revision) latest = definition;
  }
  return latest;
}

function answered<T>(answer: AwsAnswer<T>, { region }: AwsPlace): T {
  if (!('failure' in answer)) return answer.value;
  const { failure } = answer;
  const { kind, action, reason } = failure;
  const words = `${failureMeaning(kind)}: ${action} in ${region} failed: ${reason}`;
  if (kind === 'refused' || kind === 'not-found')
    throw new TwinhullError('ArgumentInvalid', words, { hint: 'correct the option that the reason names' });
  const code = isOutside(kind) ? 'BackendUnreachable' : 'AwsAccessDenied';
  const tagging = action === 'batch:RegisterJobDefinition' ? ' (tagging takes batch:TagResource, too)' : '';
  throw new TwinhullError(code, words, { hint: failureAdvice(failure, region) + (kind === 'denied' ? tagging : '') });
}
