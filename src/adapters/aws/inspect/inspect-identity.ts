import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { IdentityFacts } from './facts.ts';

const identity = z.object({ Account: z.string(), Arn: z.string() });

/** The identity of the credentials in use. Needs no permission. */
export async function inspectIdentity(place: AwsPlace): Promise<AwsAnswer<IdentityFacts>> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = new STSClient(clientOptions(place));
  return askBy(client, 'sts:GetCallerIdentity', async () => {
    const { Account, Arn } = identity.parse(await client.send(new GetCallerIdentityCommand({})));
    return { account: Account, arn: Arn };
  });
}
