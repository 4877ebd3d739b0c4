import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';

let aws: AwsE2eBed;

beforeAll(async () => {
  aws = await openAwsE2eBed();
});

afterAll(() => aws.dispose());

it('a local engine pushes to ECR with the login that ECR issues for AWS credentials', async () => {
  const script = [
    'set -eu',
    'uri=$(aws ecr describe-repositories --repository-names "$2" --query "repositories[0].repositoryUri" --output text)',
    'aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"',
    'docker build -t "$uri:$1" . && docker push "$uri:$1"',
  ];
  const { url } = await aws.bed.repository({
    'push.sh': { mode: '100755', content: `${script.join('\n')}\n` },
    Dockerfile: `FROM ${aws.lab.images.busybox}\nRUN uname -m >/machine\n`,
  });
  const recipe = await aws.bed.file(
    oneImage({ dockerfile: undefined, script: { path: 'push.sh', args: ['{tag}', '{repository}'] } }),
  );
  const env = {
    TWINHULL_BACKEND: 'docker',
    TWINHULL_BUILDER_IMAGE: aws.lab.images.builder,
    TWINHULL_DESTINATION: aws.ecr.uri,
  };
  const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
  const ran = await aws.bed.run(words, { env });
  expect(ran.exitCode, ran.stderr).toBe(0);
  const build = JSON.parse(ran.stdout) as BuildJson;
  expect(build.state).toBe('published');
  const index = await aws.registry.manifest(build.commit);
  expect(index.manifests?.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
});

it('a local engine gets a base from ECR only once its registry is named', async () => {
  const { url } = await aws.bed.repository({ Dockerfile: `FROM ${aws.ecr.uri}:none\n` });
  const recipe = await aws.bed.file(oneImage({ platforms: ['linux/amd64'] }));
  const failureWith = async (registries: string | undefined) => {
    const env = {
      TWINHULL_BACKEND: 'docker',
      TWINHULL_BUILDER_IMAGE: aws.lab.images.builder,
      TWINHULL_DESTINATION: aws.bed.destination,
      TWINHULL_BASE_REGISTRIES: registries,
    };
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
    const { jobs, failure } = JSON.parse((await aws.bed.run(words, { env })).stdout) as BuildJson;
    return [failure?.reason, jobs.map(({ attempts }) => attempts.length)];
  };
  expect(await failureWith(undefined)).toEqual(['base-refused', [1]]);
  expect(await failureWith(aws.lab.aws.registry.host)).toEqual(['base-missing', [1]]);
});
