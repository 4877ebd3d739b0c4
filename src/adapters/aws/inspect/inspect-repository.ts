import * as z from 'zod';
import { type AwsAnswer, askBy } from '../sdk/aws-errors.ts';
import { type AwsPlace, clientOptions } from '../sdk/client-options.ts';
import type { RepositoryFacts } from './facts.ts';

const repositories = z.object({
  repositories: z
    .array(
      z.object({
        repositoryArn: z.string(),
        repositoryUri: z.string(),
        imageTagMutability: z.string().default('MUTABLE'),
        imageTagMutabilityExclusionFilters: z.array(z.object({ filter: z.string() })).default([]),
      }),
    )
    .min(1),
});

/** A repository of the caller's own registry in ECR. */
export async function inspectRepository(place: AwsPlace, name: string): Promise<AwsAnswer<RepositoryFacts>> {
  const { ECRClient, DescribeRepositoriesCommand } = await import('@aws-sdk/client-ecr');
  const client = new ECRClient(clientOptions(place));
  return askBy(client, 'ecr:DescribeRepositories', async () => {
    const answer = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    const [found] = repositories.parse(answer).repositories as [z.infer<typeof repositories>['repositories'][number]];
    return {
      arn: found.repositoryArn,
      uri: found.repositoryUri,
      tags: {
        setting: found.imageTagMutability,
        exclusions: found.imageTagMutabilityExclusionFilters.map(({ filter }) => filter),
      },
    };
  });
}
