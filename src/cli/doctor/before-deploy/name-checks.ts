import type { AwsAnswer } from '../../../adapters/aws/sdk/aws-errors.ts';
import { platformSuffix } from '../../../domain/platform.ts';
import { type Context, judged, type Results } from './context.ts';
import type { PlannedHosts } from './planned-stack.ts';
import {
  judgeDefinitionName,
  judgeExistingRepository,
  judgeName,
  judgePlannedSecret,
  type Owner,
} from './taken-names-check.ts';

/** Whether the name of a queue is free, or ours. */
export async function checkQueueName(
  name: string,
  { platform, queueName }: PlannedHosts,
  context: Context,
): Promise<Results> {
  const { inspector, asker } = context;
  const advice = `choose another name: -c ${platformSuffix(platform)}Queue=NAME, or -c name=NAME for all`;
  const owner = await ownerOf(context);
  return judged(await inspector.queue(queueName), name, asker, (existing) =>
    judgeName(name, { kind: 'job queue', name: queueName, advice }, existing, owner),
  );
}

/** Whether the name of the job definition is free, or ours. */
export async function checkDefinitionName(name: string, context: Context): Promise<Results> {
  const { planned, inspector, asker } = context;
  const owner = await ownerOf(context);
  return judged(await inspector.jobDefinition(planned.jobDefinition), name, asker, (existing) =>
    judgeDefinitionName(name, planned.jobDefinition, existing, owner),
  );
}

/** Whether the repository can be created, or used. */
export async function checkRepositoryName(name: string, context: Context): Promise<Results> {
  const { planned, inspector, asker } = context;
  const { repository, existingRepository } = planned;
  const owner = await ownerOf(context);
  const advice =
    'use it unchanged: -c existingRepository=true; or choose another name: -c repository=NAME, or -c name=NAME for all';
  return judged(orMissing(await inspector.repository(repository)), name, asker, (facts) => {
    const existing = facts && { name: repository, arn: facts.arn };
    return existingRepository
      ? judgeExistingRepository(name, repository, existing)
      : judgeName(name, { kind: 'repository', name: repository, advice }, existing, owner);
  });
}

/** Whether the secrets exist, and can be used. */
export async function checkSecrets(name: string, { planned, inspector, asker }: Context): Promise<Results> {
  const results = planned.secrets.map(async (wanted) =>
    judged(orMissing(await inspector.secret(wanted.id)), name, asker, (facts) =>
      judgePlannedSecret(name, wanted, facts, asker),
    ),
  );
  return (await Promise.all(results)).flat();
}

async function ownerOf({ stack }: Context): Promise<Owner> {
  const answer = await stack();
  return 'failure' in answer ? 'unknown' : answer.value;
}

/** ECR and Secrets Manager answer with an error where there is nothing of the name. */
function orMissing<T>(answer: AwsAnswer<T>): AwsAnswer<T | undefined> {
  return 'failure' in answer && answer.failure.kind === 'not-found' ? { value: undefined } : answer;
}
