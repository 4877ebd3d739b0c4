import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ecrLogin } from '../../lab/aws/identity.ts';
import { run } from '../../lab/run.ts';
import { type EcrRegistryOptions, openEcrRegistry } from '../../src/adapters/aws/ecr/ecr-registry.ts';
import { checkDefinitionImage } from '../../src/cli/doctor/aws/definition-image-check.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { findDestination } from '../../src/wiring/destination.ts';
import { registryCredentials } from '../../src/wiring/registry-credentials.ts';
import { type AwsLab, createEcrRepository, type EcrRepository, readAwsLab } from '../helpers/aws-lab.ts';

let lab: AwsLab;
let repository: EcrRepository;

beforeAll(async () => {
  lab = await readAwsLab();
  repository = await createEcrRepository(lab);
});

afterAll(() => repository.remove());

beforeEach(async () => {
  for (const [name, value] of Object.entries(lab.aws.environment)) vi.stubEnv(name, value);
  const folder = await mkdtemp(join(tmpdir(), 'docker-config-'));
  vi.stubEnv('DOCKER_CONFIG', folder);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
});

function open(uri: string, options: EcrRegistryOptions = {}) {
  const credentials = registryCredentials({ backend: 'aws' });
  const registry = openEcrRegistry(uri, { credentials, caFile: lab.aws.registry.caFile, ...options });
  onTestFinished(() => registry.close());
  return registry;
}

/** Both platforms of the lab's busybox, under ECR's host name. */
async function pushBusybox(tag: string): Promise<void> {
  const { user, password } = ecrLogin;
  const folder = await mkdtemp(join(tmpdir(), 'skopeo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await run('cp', [lab.aws.registry.caFile, join(folder, 'ca.crt')]);
  await run('skopeo', [
    ...['copy', '--all', '--quiet', '--src-tls-verify=false', '--dest-cert-dir', folder],
    ...['--dest-creds', `${user}:${password}`],
    ...[`docker://${lab.images.busybox}`, `docker://${repository.uri}:${tag}`],
  ]);
}

describe('a repository at ECR', () => {
  it('is read and written only with the login from ECR', async () => {
    await pushBusybox('first');
    const registry = open(repository.uri);
    await registry.check();
    const manifest = await registry.getManifest('first');
    await registry.putManifest('second', manifest!);
    await expect(registry.resolve('second')).resolves.toBe(manifest!.digest);

    const stranger = open(repository.uri, { credentials: async () => undefined });
    await expect(stranger.resolve('first')).rejects.toMatchObject({ code: 'RegistryAccessDenied' });
  });

  it('is examined by doctor where it has the builder image', async () => {
    await pushBusybox('builder');
    const examine = (tag: string) =>
      checkDefinitionImage('builder image', `${repository.uri}:${tag}`, (uri) => open(uri));
    expect(await examine('builder')).toMatchObject([{ status: 'ok' }]);
    expect(await examine('none')).toMatchObject([{ status: 'problem' }]);
  });

  it('requests another login when the first is about to expire, and not before', async () => {
    let now = Date.now();
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { username: ecrLogin.user, password: ecrLogin.password, expiresAt: now + 60_000 };
    };
    const registry = open(repository.uri, { credentials, clock: { now: () => now, sleep: async () => undefined } });
    await registry.resolve('gone');
    now += 59_000;
    await registry.resolve('gone');
    expect(asked).toBe(1);
    now += 2_000;
    await registry.resolve('gone');
    expect(asked).toBe(2);
  });

  it('reports immutable tags', async () => {
    const registry = open(repository.uri);
    await expect(registry.isImmutable('96f3ecc11ff890109bad219f67d11d1e5806b022')).resolves.toBe(true);
    for (const tag of ['latest', 'staging-vecoli-arm64-1', 'cache-vecoli-arm64']) {
      await expect(registry.isImmutable(tag)).resolves.toBe(false);
    }
  });

  it('finds no tag that does not exist', async () => {
    await expect(open(repository.uri).resolve('gone')).resolves.toBeUndefined();
  });

  it('reports before the build that a missing repository has to be created', async () => {
    const registry = open(`${lab.aws.registry.host}/tests/${randomUUID()}`);
    const refused = { code: 'RegistryRefused', hint: expect.stringContaining('create it in us-gov-west-1') };
    await expect(registry.resolve('latest')).rejects.toMatchObject(refused);
    await expect(registry.check()).rejects.toMatchObject(refused);
  });
});

describe('the destination', () => {
  function settings(environment: Record<string, string>) {
    return loadSettings({ TWINHULL_SETTINGS_FILE: '/dev/null', TWINHULL_BACKEND: 'aws', ...environment });
  }

  it('is the address of the repository in ECR_REPOSITORY', async () => {
    await expect(findDestination(undefined, settings({ ECR_REPOSITORY: repository.name }))).resolves.toEqual({
      repository: repository.uri,
      kind: 'ecr',
      region: 'us-gov-west-1',
    });
  });

  it('is refused where ECR has no such repository', async () => {
    const name = `tests/${randomUUID()}`;
    await expect(findDestination(undefined, settings({ ECR_REPOSITORY: name }))).rejects.toMatchObject({
      code: 'RegistryRefused',
      message: expect.stringContaining(name),
    });
  });

  it('reports an unreachable ECR', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    await expect(findDestination(undefined, settings({ ECR_REPOSITORY: repository.name }))).rejects.toMatchObject({
      code: 'RegistryUnreachable',
      message: expect.stringContaining('us-gov-west-1'),
    });
  });
});

describe('credentials for a host of ECR', () => {
  const fromEcr = { username: ecrLogin.user, password: ecrLogin.password };

  async function dockerLogin(username: string, password: string): Promise<void> {
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const file = join(process.env['DOCKER_CONFIG'] ?? '', 'config.json');
    await writeFile(file, JSON.stringify({ auths: { [lab.aws.registry.host]: { auth } } }));
  }

  it('come from ECR where jobs run in AWS, whatever docker’s configuration', async () => {
    await dockerLogin('AWS', 'an old one');
    await expect(registryCredentials({ backend: 'aws' })(lab.aws.registry.host)).resolves.toMatchObject(fromEcr);
  });

  it('come from ECR for an engine too, where docker has none', async () => {
    const credentials = registryCredentials({ backend: 'docker' });
    await expect(credentials(lab.aws.registry.host)).resolves.toMatchObject(fromEcr);
    await dockerLogin('AWS', 'from docker login');
    await expect(credentials(lab.aws.registry.host)).resolves.toEqual({
      username: 'AWS',
      password: 'from docker login',
    });
  });

  it('are absent for an engine without AWS credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    await expect(registryCredentials({ backend: 'docker' })(lab.aws.registry.host)).resolves.toBeUndefined();
    await expect(registryCredentials({ backend: 'aws' })(lab.aws.registry.host)).rejects.toMatchObject({
      code: 'RegistryAccessDenied',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('are those of docker for any other host', async () => {
    await expect(registryCredentials({ backend: 'aws' })('127.0.0.1:5000')).resolves.toBeUndefined();
  });
});
