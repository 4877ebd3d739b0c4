import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { SecretFacts } from './facts.ts';

const secret = z.object({ ARN: z.string(), Name: z.string(), DeletedDate: z.date().optional() });

/** Describes a secret by name or ARN. Its value is never requested: only the jobs read it. */
export async function inspectSecret(place: AwsPlace, id: string): Promise<AwsAnswer<SecretFacts>> {
  const { SecretsManagerClient, DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient(clientOptions(place));
  return askBy(client, 'secretsmanager:DescribeSecret', async () => {
    const { ARN, Name, DeletedDate } = secret.parse(await client.send(new DescribeSecretCommand({ SecretId: id })));
    return { arn: ARN, name: Name, isBeingDeleted: DeletedDate !== undefined };
  });
}
