import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { docker, tryDocker } from '../../lab/engine-client.ts';
import { run } from '../../lab/run.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { ensureNodeImage } from '../helpers/node-image.ts';
import { ownFiles } from '../helpers/own-repository.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { startPostgres } from '../helpers/postgres-server.ts';

/** Packages of Debian are installed under emulation, everything else is built natively. */
const patience = 900_000;

interface ExampleRecipe {
  readonly images: { readonly twinhull: { readonly dockerfile: object } };
}

/**
 * Twinhull's own image, built for both platforms by Twinhull from examples/service-image. Base images are the lab's
 * stand-ins, for which the Dockerfile has arguments; arm64 runs under emulation.
 */
describe('the image of the service', () => {
  let bed: E2eBed;
  let build: BuildJson;
  let version: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const node = await ensureNodeImage(bed.lab);
    const files = await ownFiles();
    ({ version } = JSON.parse(await text('package.json')) as { version: string });
    const { url } = await bed.repository(files);
    const { images, ...rest } = parse(await text('examples/service-image/twinhull.yaml')) as ExampleRecipe;
    const dockerfile = {
      ...images.twinhull.dockerfile,
      args: { NODE_IMAGE: node, RUNTIME_IMAGE: bed.lab.images.debian },
      secrets: ['npmrc', 'ca'],
    };
    const recipe = await bed.file(stringify({ ...rest, images: { twinhull: { ...images.twinhull, dockerfile } } }));
    const TWINHULL_SECRETS_DIR = await npmSecrets(bed.folder);
    const words = ['build', '--repository', url, '--ref', 'main', '--recipe', recipe, '--json'];
    const ran = await bed.run(words, { env: { TWINHULL_SECRETS_DIR }, timeout: patience });
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
  }, patience);

  afterAll(async () => {
    const pulled = await bed.docker.listImages({ filters: { reference: [bed.destination] } });
    for (const { Id } of pulled) await bed.docker.getImage(Id).remove({ force: true });
    await bed.dispose();
  });

  const text = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

  function imageOf(platform: string): string {
    const found = build.images.find((one) => one.platform === platform);
    return `${bed.destination}@${found?.digest ?? ''}`;
  }

  /** As Kubernetes runs it: within the restricted standard, and with a read-only root file system. */
  const confined = [
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '10001:10001'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/var/lib/twinhull:uid=10001,gid=10001,mode=700'],
  ];

  /** Starts a container, which is removed at the end of the test. */
  async function started(options: readonly string[], words: readonly string[]) {
    const { host } = bed.lab.engine;
    const name = `${bed.name}-${randomBytes(3).toString('hex')}`;
    onTestFinished(async () => {
      await tryDocker(host, ['rm', '--force', '--volumes', name]);
    });
    await docker(host, ['run', '--detach', '--name', name, ...options, imageOf('linux/amd64'), ...words]);
    return {
      port: async () => (await docker(host, ['port', name, '8080/tcp'])).trim().split(':').at(-1) ?? '',
      logs: () => run('sh', ['-c', 'docker --host "$1" logs "$2" 2>&1', 'sh', host, name]),
      /** @returns its exit code */
      stop: async () => {
        await docker(host, ['stop', '--time', '60', name]);
        return Number(await docker(host, ['inspect', '--format', '{{.State.ExitCode}}', name]));
      },
    };
  }

  const answer = async (url: string): Promise<number | undefined> =>
    fetch(url).then(
      ({ status }) => status,
      () => undefined,
    );

  it('is published for both platforms', () => expectPublished(bed, build));

  it.each([
    ['linux/amd64', 'x64'],
    ['linux/arm64', 'arm64'],
  ])('runs on %s, with SQLite, git and Node of that architecture', async (platform, architecture) => {
    const runs = (words: readonly string[], entrypoint: readonly string[] = []) =>
      docker(bed.lab.engine.host, [
        'run',
        '--rm',
        '--platform',
        platform,
        ...confined,
        ...entrypoint,
        imageOf(platform),
        ...words,
      ]);
    expect(await runs(['--version'])).toBe(version);
    expect(await runs(['list', '--json'])).toBe('[]');
    expect(await runs(['-p', 'process.arch'], ['--entrypoint', 'node'])).toBe(architecture);
  });

  it('contains the program and its dependencies for one platform, and no build tools', async () => {
    const { host } = bed.lab.engine;
    const inspected = await docker(host, ['image', 'inspect', imageOf('linux/amd64')]);
    const [{ Config }] = JSON.parse(inspected) as [{ Config: Record<string, unknown> }];
    expect(Config).toMatchObject({ User: '10001:10001', StopSignal: 'SIGTERM', Cmd: ['serve'] });
    const command = 'cd /opt/twinhull && ls && ls node_modules/@libsql && ! command -v npm';
    const found = await docker(host, ['run', '--rm', '--entrypoint', 'sh', imageOf('linux/amd64'), '-c', command]);
    const files = ['LICENSE', 'NOTICE', 'dist', 'node_modules', 'package.json'];
    expect(found.split('\n')).toEqual([...files, 'linux-x64-gnu']);
  });

  it('serves from a volume with SQLite once a token exists, and exits on request', async () => {
    const { host } = bed.lab.engine;
    const volume = `${bed.name}-state`;
    onTestFinished(async () => {
      await tryDocker(host, ['volume', 'rm', '--force', volume]);
    });
    const options = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--volume', `${volume}:/var/lib/twinhull`];
    const once = ['run', '--rm', ...options, imageOf('linux/amd64')];
    await expect(docker(host, [...once, 'serve'])).rejects.toThrow('without an API token');
    const token = (await docker(host, [...once, 'token', 'create', '--name', 'test', '--scope', 'read'])).trim();
    const service = await started([...options, '--publish', '127.0.0.1::8080'], ['serve']);
    const url = `http://127.0.0.1:${await service.port()}`;
    await pollUntil('the service to be ready', async () => (await answer(`${url}/readyz`)) === 200);
    expect(await answer(`${url}/healthz`)).toBe(200);
    expect(await answer(`${url}/v1/builds`)).toBe(401);
    const builds = await fetch(`${url}/v1/builds`, { headers: { authorization: `Bearer ${token}` } });
    expect(builds.status).toBe(200);
    expect(await service.stop(), await service.logs()).toBe(0);
    expect(await service.logs()).toContain('"msg":"stopped"');
  });

  it('serves with PostgreSQL, with only /tmp and an empty folder writable', async () => {
    const database = await startPostgres();
    onTestFinished(() => database.dispose());
    const env = ['--env', `DATABASE_URL=${await database.createDatabase()}`, '--env', 'TWINHULL_LISTEN=127.0.0.1:0'];
    // The database listens on the machine's own loopback.
    const service = await started([...confined, '--network', 'host', ...env], ['serve']);
    const url = await pollUntil(
      'the service to listen',
      async () => /^http:\S+$/m.exec(await service.logs())?.[0],
      60_000,
    );
    expect(await answer(`${url}/readyz`)).toBe(200);
    await database.kill();
    expect(await answer(`${url}/readyz`)).toBe(503);
    expect(await answer(`${url}/healthz`)).toBe(200);
    await database.start();
    await pollUntil('the service to be ready again', async () => (await answer(`${url}/readyz`)) === 200);
    expect(await service.stop(), await service.logs()).toBe(0);
  });
});

/** The npm registry settings of this machine, as build secrets. @returns the folder that contains them */
async function npmSecrets(folder: string): Promise<string> {
  const secrets = join(folder, 'secrets');
  const configured = async (key: string): Promise<string> => (await run('npm', ['config', 'get', key])).trim();
  await mkdir(secrets);
  await writeFile(join(secrets, 'npmrc'), `registry=${await configured('registry')}\n`);
  const ca = await configured('cafile');
  await writeFile(join(secrets, 'ca'), ca === 'null' ? '' : await readFile(ca));
  return secrets;
}
