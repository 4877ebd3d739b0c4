import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { builderImages } from '../helpers/builder-images.ts';
import { formsOf, makeCanary } from '../helpers/canary.ts';
import type { Ran } from '../helpers/e2e-bed.ts';
import { type LfsServer, pointerOf, startLfsServer } from '../helpers/lfs-server.ts';
import { type OwnJobDefinition, registerJobDefinition } from '../helpers/own-job-definition.ts';
import { pullForPlatform } from '../helpers/platform-image.ts';
import { type RegistryServer, startRegistry } from '../helpers/registry-server.ts';

const model = 'the model itself\n';
const secret = makeCanary();
const secretDigest = createHash('sha256').update(secret).digest('hex');

/** The secret is compared inside the job; the model is in Git LFS; the base requires a login. */
const script = `#!/bin/bash
set -e
echo "secret $(tr -d '\\n' <"$TWINHULL_SECRET_NPM_TOKEN" | sha256sum)"
docker build -t "$1/$2:$3" .
docker push "$1/$2:$3"
`;

describe('a build on AWS Batch with Git LFS, a login for its base and a secret for its script', () => {
  const image = `builder-image-${randomBytes(6).toString('hex')}:lfs`;
  let aws: AwsE2eBed;
  let docker: Docker;
  let registry: RegistryServer;
  let lfs: LfsServer;
  let definition: OwnJobDefinition;
  let secrets: SecretsManagerClient;
  let base: string;
  let ran: Ran;
  let build: BuildJson;
  let log: string;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    const { lab, bed } = aws;
    const engine = parseEngineEndpoint(lab.engine.host);
    docker = engine.kind === 'unix' ? new Docker({ socketPath: engine.path }) : new Docker();
    await builderImages.awsWithLfs(docker, lab, image);
    definition = await registerJobDefinition(aws, () => ({ image }));
    registry = await startRegistry({ variant: 'basic' });
    base = `${registry.host}/${bed.name}/base`;
    await pushBase();
    const { region, endpoint } = lab.aws;
    const credentials = { accessKeyId: 'lab', secretAccessKey: 'lab' };
    secrets = new SecretsManagerClient({ region, endpoint, credentials });
    const login = JSON.stringify(registry.credentials);
    await secrets.send(new CreateSecretCommand({ Name: `${bed.name}-base`, SecretString: login }));
    await secrets.send(new CreateSecretCommand({ Name: `${bed.name}-npm`, SecretString: secret }));
    lfs = await startLfsServer({ lab, objects: [model], token: (await readFile(lab.git.tokenFile, 'utf8')).trim() });
    const { url, repository } = await bed.repository({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'model.bin': pointerOf(model),
      'build.sh': script,
      Dockerfile: `FROM ${base}:1\nCOPY model.bin /\n`,
    });
    const recipe = await bed.file(
      stringify({
        version: 1,
        name: 'inputs',
        checkout: { lfs: true },
        images: {
          app: {
            platforms: ['linux/amd64'],
            script: { path: 'build.sh', args: ['{registry}', '{repository}', '{tag}'], secrets: ['npm-token'] },
            verify: [['grep', 'the model itself', '/model.bin']],
            tags: ['{commit}'],
          },
        },
      }),
    );
    const words = ['--repository', url.replace(lab.git.url, lfs.url), '--ref', await repository.head()];
    ran = await bed.run(['build', ...words, '--recipe', recipe, '--json'], {
      env: {
        BUILD_JOB_DEFINITION: definition.name,
        TWINHULL_GIT_HOST: new URL(lfs.url).host,
        TWINHULL_BASE_REGISTRIES: `${registry.host}=${bed.name}-base`,
        TWINHULL_BUILD_SECRETS: `npm-token=${bed.name}-npm`,
      },
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
    log = (await bed.run(['logs', build.id])).stdout;
  });

  afterAll(async () => {
    await definition.remove();
    for (const name of ['base', 'npm'])
      await secrets.send(
        new DeleteSecretCommand({ SecretId: `${aws.bed.name}-${name}`, ForceDeleteWithoutRecovery: true }),
      );
    secrets.destroy();
    lfs.close();
    await registry.stop();
    await aws.dispose();
    await docker.getImage(image).remove({ force: true });
  });

  /** Puts the base into the registry, and leaves none on the engine. */
  async function pushBase(): Promise<void> {
    const { username = '', password = '' } = registry.credentials ?? {};
    const native = await pullForPlatform(docker, aws.lab.images.busybox, 'linux/amd64');
    await docker.getImage(native).tag({ repo: base, tag: '1' });
    const authconfig = { username, password, serveraddress: registry.host };
    const pushed = await docker.getImage(`${base}:1`).push({ authconfig });
    await new Promise((resolve) => docker.modem.followProgress(pushed, resolve));
    await docker.getImage(`${base}:1`).remove();
  }

  it('is published, with the file of LFS in the image and the base by its digest', () => {
    expect(build.state).toBe('published');
    expect(log).toMatch(/the model itself/);
    expect(build.images[0]?.bases).toEqual([
      expect.objectContaining({ reference: `${base}:1`, digest: expect.stringMatching(/^sha256:/) }),
    ]);
  });

  it('sends the git token to the LFS server', () => {
    expect(lfs.requests.at(-1)?.authorization).toMatch(/^Basic /);
  });

  it('gives the script the secret as a file, and keeps its value out of logs and descriptions of jobs', async () => {
    expect(log).toContain(`secret ${secretDigest}`);
    const jobs = JSON.stringify([...(await aws.jobs(build.id)).values()]);
    expect(jobs).toContain(`${aws.bed.name}-npm`);
    const { username = '', password = '' } = registry.credentials ?? {};
    const login = Buffer.from(`${username}:${password}`).toString('base64');
    for (const text of [log, jobs, ran.stdout, ran.stderr]) {
      expect(formsOf(secret, text)).toEqual([]);
      expect(text).not.toContain(login);
    }
  });
});
