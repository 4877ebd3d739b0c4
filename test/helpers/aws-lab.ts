import { randomUUID } from 'node:crypto';
import { CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { type Lab, type LabAws, readLab } from '../../lab/lab.ts';

export interface AwsLab extends Lab {
  readonly aws: LabAws;
}

/** The lab with its AWS, as the global setup started it. */
export async function readAwsLab(): Promise<AwsLab> {
  const lab = await readLab();
  if (lab?.aws === undefined) throw new Error('the lab has no AWS: npm run lab:up -- --aws');
  return { ...lab, aws: lab.aws };
}

export interface EcrRepository {
  readonly name: string;
  /** `host/name` */
  readonly uri: string;
  remove(): Promise<void>;
}

/**
 * A repository at the lab's ECR with the tag rules of the CDK stack: immutable, except for staging, cache and latest.
 */
export async function createEcrRepository({ aws }: AwsLab): Promise<EcrRepository> {
  const name = `tests/${randomUUID()}`;
  const client = new ECRClient({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
  });
  await client.send(
    new CreateRepositoryCommand({
      repositoryName: name,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: ['staging-*', 'cache-*', 'latest'].map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      })),
    }),
  );
  return {
    name,
    uri: `${aws.registry.host}/${name}`,
    async remove() {
      await client.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
      client.destroy();
    },
  };
}
