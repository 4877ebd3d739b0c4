import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitRepository } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import type { Ran } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';
import { type RecordingGitHost, startRecordingGitHost } from '../helpers/recording-git-host.ts';

const canary = makeCanary();
const otherCanary = makeCanary();

describe('a git token in Secrets Manager', () => {
  let aws: AwsE2eBed;
  let git: GitServer;
  let otherGit: GitServer;
  let hosts: Readonly<Record<'own' | 'other' | 'strange', RecordingGitHost>>;
  let env: Readonly<Record<string, string>>;
  let secrets: SecretsManagerClient;
  let source: readonly string[];
  let repository: GitRepository;
  let ran: Ran;
  let build: BuildJson;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    git = await startGitServer(aws.lab, canary);
    otherGit = await startGitServer(aws.lab, otherCanary);
    hosts = {
      own: await startRecordingGitHost(aws.lab, git.url),
      other: await startRecordingGitHost(aws.lab, otherGit.url),
      strange: await startRecordingGitHost(aws.lab),
    };
    const { region, endpoint } = aws.lab.aws;
    secrets = new SecretsManagerClient({
      region,
      endpoint,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    const SecretString = JSON.stringify({ user: 'git-user', token: canary });
    await secrets.send(new CreateSecretCommand({ Name: aws.bed.name, SecretString }));
    const other = JSON.stringify({ host: hosts.other.host, token: otherCanary });
    await secrets.send(new CreateSecretCommand({ Name: `${aws.bed.name}-other`, SecretString: other }));
    ({ repository } = await aws.bed.repository({
      Dockerfile: `FROM ${aws.lab.images.busybox}\nCOPY . /source\nRUN env; cat /source/.git/config\n`,
    }));
    const recipe = await aws.bed.file(oneImage());
    source = [
      '--repository',
      `${hosts.own.url}/${repository.name}.git`,
      '--ref',
      await repository.head(),
      '--recipe',
      recipe,
    ];
    env = {
      BUILD_GIT_SECRET_ARN: aws.bed.name,
      TWINHULL_GIT_SECRET_KEY: 'token',
      TWINHULL_GIT_HOST: hosts.own.host,
      TWINHULL_GIT_SECRETS: `${hosts.other.host}=${aws.bed.name}-other`,
    };
    ran = await aws.bed.run(['build', ...source, '--json'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
  });

  afterAll(async () => {
    await aws.dispose();
    for (const host of Object.values(hosts)) await host.stop();
    for (const server of [git, otherGit]) await server.stop();
    for (const SecretId of [aws.bed.name, `${aws.bed.name}-other`])
      await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    secrets.destroy();
  });

  it('authenticated the build', () => {
    expect(build.state).toBe('published');
  });

  it('is sent only to its own host, a second one to the other host, and none to any further host', async () => {
    const recipe = await aws.bed.file(oneImage());
    const { repository: second } = await aws.bed.repository({
      Dockerfile: `FROM ${aws.lab.images.busybox}\nRUN env\n`,
    });
    const at = async (host: RecordingGitHost, commit: string) =>
      aws.bed.run(['build', '--repository', `${host.url}/${second.name}.git`, '--ref', commit, '--recipe', recipe], {
        env,
      });
    const there = await at(hosts.other, await second.head());
    expect(there.exitCode, there.stderr).toBe(0);
    // Another commit: the tag of the first one belongs to the repository at the other host.
    const strange = await at(hosts.strange, await second.commit({ other: '' }));
    expect(strange.exitCode, strange.stderr).toBe(1);
    expect(new Set(hosts.own.logins())).toEqual(new Set([`x-access-token:${canary}`]));
    expect(new Set(hosts.other.logins())).toEqual(new Set([`x-access-token:${otherCanary}`]));
    expect(hosts.strange.requests()).toBeGreaterThan(0);
    expect(hosts.strange.logins()).toEqual([]);
  });

  it('appears in no output, no log, and no file of the state folder', async () => {
    const logs = await aws.bed.run(['logs', build.id]);
    expect(logs.stdout).toContain('[remote "origin"]');
    expect(formsOf(canary, ran.stdout + ran.stderr + logs.stdout + logs.stderr)).toEqual([]);
    for (const file of await readdir(aws.bed.stateFolder))
      expect(formsOf(canary, await readFile(join(aws.bed.stateFolder, file))), file).toEqual([]);
  });

  it('appears in no AWS data except the secret itself: no job, no definition, no log', async () => {
    const kept = await fetch(`${aws.lab.aws.endpoint}/moto-api/data.json`);
    const { secretsmanager, ...others } = (await kept.json()) as Record<string, unknown>;
    // Checks that the dump contains what it should: the jobs of this build, and the secret where it belongs.
    expect(JSON.stringify(others)).toContain(`twinhull-${build.id}-arm64-1`);
    expect(JSON.stringify(secretsmanager)).toContain(aws.bed.name);
    expect([canary, otherCanary].flatMap((secret) => formsOf(secret, JSON.stringify(others)))).toEqual([]);
    expect(formsOf(canary, JSON.stringify([...(await aws.jobs(build.id)).values()]))).toEqual([]);
  });

  it('that does not exist fails the build in the phase that reads it, and is named in the message', async () => {
    const commit = await repository.commit({ next: 'one' });
    const gone = { ...env, BUILD_GIT_SECRET_ARN: `${aws.bed.name}-gone` };
    const words = source.map((word) => (word === build.commit ? commit : word));
    const failed = await aws.bed.run(['build', ...words, '--json'], { env: gone });
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
