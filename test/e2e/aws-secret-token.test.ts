import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitRepository } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/presentation/json.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import type { Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';

const canary = makeCanary();

describe('a git token in Secrets Manager', () => {
  let aws: AwsE2eBed;
  let git: GitServer;
  let secrets: SecretsManagerClient;
  let source: readonly string[];
  let repository: GitRepository;
  let ran: Ran;
  let build: BuildJson;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    git = await startGitServer(aws.lab, canary);
    const { region, endpoint } = aws.lab.aws;
    secrets = new SecretsManagerClient({
      region,
      endpoint,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    const SecretString = JSON.stringify({ user: 'somebody', token: canary });
    await secrets.send(new CreateSecretCommand({ Name: aws.bed.name, SecretString }));
    ({ repository } = await aws.bed.repository({
      Dockerfile: `FROM ${aws.lab.images.busybox}\nCOPY . /source\nRUN env; cat /source/.git/config\n`,
    }));
    const recipe = await aws.bed.file(oneImage());
    source = [
      '--repository',
      `${git.url}/${repository.name}.git`,
      '--ref',
      await repository.head(),
      '--recipe',
      recipe,
    ];
    const env = { BUILD_GIT_SECRET_ARN: aws.bed.name, TWINHULL_GIT_SECRET_KEY: 'token' };
    ran = await aws.bed.run(['build', ...source, '--json'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
  });

  afterAll(async () => {
    await aws.dispose();
    await git.stop();
    await secrets.send(new DeleteSecretCommand({ SecretId: aws.bed.name, ForceDeleteWithoutRecovery: true }));
    secrets.destroy();
  });

  it('was what let the build in', () => {
    expect(build.state).toBe('published');
  });

  it('is in no output, no log, and no file of the state folder', async () => {
    const logs = await aws.bed.run(['logs', build.id]);
    expect(logs.stdout).toContain('[remote "origin"]');
    expect(formsOf(canary, ran.stdout + ran.stderr + logs.stdout + logs.stderr)).toEqual([]);
    for (const file of await readdir(aws.bed.stateFolder))
      expect(formsOf(canary, await readFile(join(aws.bed.stateFolder, file))), file).toEqual([]);
  });

  it('is in nothing that AWS keeps but the secret itself: no job, no definition, no log', async () => {
    const kept = await fetch(`${aws.lab.aws.endpoint}/moto-api/data.json`);
    const { secretsmanager, ...others } = (await kept.json()) as Record<string, unknown>;
    // The dump holds what it is searched for: the jobs of this build, and the secret where it belongs.
    expect(JSON.stringify(others)).toContain(`twinhull-${build.id}-arm64-1`);
    expect(JSON.stringify(secretsmanager)).toContain(aws.bed.name);
    expect(formsOf(canary, JSON.stringify(others))).toEqual([]);
    expect(formsOf(canary, JSON.stringify([...(await aws.jobs(build.id)).values()]))).toEqual([]);
  });

  it('that does not exist fails the build in the phase that reads it, and says which', async () => {
    const commit = await repository.commit({ next: 'one' });
    const env = { BUILD_GIT_SECRET_ARN: `${aws.bed.name}-gone` };
    const words = source.map((word) => (word === build.commit ? commit : word));
    const failed = await aws.bed.run(['build', ...words, '--json'], { env });
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      state: 'failed',
      failure: {
        code: 'JobFailed',
        phase: 'secret',
        reason: 'secret-unreadable',
        message: expect.stringContaining(`${aws.bed.name}-gone`),
      },
    });
  });
});
