import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startCuttingProxy } from '../helpers/cutting-proxy.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { type Service, startService } from '../helpers/e2e-service.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples/clients');

/** In bytes: within the first event, and within a later one. */
const cuts = [90, 700];

describe('the examples of clients', () => {
  let bed: E2eBed;
  let service: Service;
  let folder: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    const created = await bed.repository({
      Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo a line for ${bed.name}\n`,
    });
    await created.repository.commit(
      { Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN exit 3\n` },
      { branch: 'broken' },
    );
    service = await startService(bed, { TWINHULL_REPOSITORY: created.url });
    folder = join(bed.folder, 'project');
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    await symlink(root, join(folder, 'node_modules/twinhull'));
    await compile();
  });

  afterAll(() => bed.dispose());

  /** Compiles as a user who has installed the package does. */
  async function compile(): Promise<void> {
    await execa('cp', ['-r', `${examples}/.`, folder]);
    await execa('sh', ['-c', 'echo \'{ "type": "module" }\' >package.json'], { cwd: folder });
    const options = ['--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const compiled = await execa(process.execPath, [tsc, ...options, ...roots, 'build.ts'], {
      cwd: folder,
      reject: false,
    });
    expect(compiled.stdout).toBe('');
  }

  const run = (command: readonly string[], branch: string, key: string, url: string) =>
    execa(command[0] ?? '', [...command.slice(1), branch, key], {
      cwd: folder,
      env: { PATH: process.env['PATH'], TWINHULL_URL: url, TWINHULL_TOKEN_FILE: service.tokenFile },
      extendEnv: false,
      reject: false,
      timeout: 600_000,
    });

  it.each([
    ['curl', ['sh', 'build.sh']],
    ['Python', ['python3', 'build.py']],
    ['TypeScript', [process.execPath, 'build.js']],
  ])('build, follow over broken connections, and print the images to pull: %s', async (language, command) => {
    const proxy = await startCuttingProxy(service.url, cuts);
    onTestFinished(() => proxy.close());
    const ran = await run(command, 'main', `key-${language}`, proxy.url);
    expect(ran.exitCode, ran.stderr).toBe(0);

    const [build] = await bed.builds();
    const { tags, id, state } = await bed.status(build!.id);
    expect(state).toBe('published');
    expect(ran.stdout.split('\n')).toEqual(tags.map(({ reference, digest }) => `${reference} ${digest}`));
    for (const platform of ['arm64', 'amd64'] as const) {
      const log = await readFile(join(folder, `${id}-${platform}.log`), 'utf8');
      expect(log).toContain(`a line for ${bed.name}`);
    }

    const printed = ran.stderr.split('\n').filter((line) => /^[a-z]+\.[a-z-]+$/.test(line));
    const answer = await fetch(`${service.url}/v1/builds/${id}/events?limit=1000`, {
      headers: { authorization: `Bearer ${service.token}` },
    });
    const { events } = (await answer.json()) as { events: { sequence: number; event: { type: string } }[] };
    expect(printed).toEqual(events.map(({ event }) => event.type));
    const ids = [undefined, ...events.map(({ sequence }) => String(sequence))];
    expect(proxy.asked.length).toBeGreaterThanOrEqual(cuts.length + 1);
    expect(proxy.asked[0]).toBeUndefined();
    // The first cut was within the first event: none had arrived whole.
    expect(proxy.asked[1]).toBeUndefined();
    expect(ids).toContain(proxy.asked[2]);
    expect(proxy.asked[2]).toBeDefined();
  });

  it.each([
    ['curl', ['sh', 'build.sh']],
    ['Python', ['python3', 'build.py']],
    ['TypeScript', [process.execPath, 'build.js']],
  ])('fail when the build fails or the request is invalid: %s', async (language, command) => {
    const failed = await run(command, 'broken', `broken-${language}`, service.url);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('build.failed');
    const refused = await run(command, 'nosuch', `nosuch-${language}`, service.url);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('CommitNotFound');
  });
});
