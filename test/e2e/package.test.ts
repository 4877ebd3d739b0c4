import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const commit = '0123456789abcdef0123456789abcdef01234567';

describe('the package', () => {
  let folder: string;
  let packed: { filename: string; files: { path: string; mode: number; size: number }[]; unpackedSize: number };
  let twinhull: string;
  let environment: { extendEnv: false; env: Record<string, string>; cwd: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinhull-package-'));
    // The tests run the output of `npm run build`; another build would remove it while other tests use it.
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    [packed] = JSON.parse((await execa('npm', pack, { cwd: root })).stdout) as [typeof packed];
    const prefix = join(folder, 'prefix');
    const install = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--omit=dev'];
    await execa('npm', [...install, join(folder, packed.filename)], { cwd: folder });
    twinhull = join(prefix, 'bin', 'twinhull');
    const PATH = process.env['PATH'] ?? '';
    environment = {
      extendEnv: false,
      env: { PATH, HOME: folder, TWINHULL_STATE_DIR: join(folder, 'state') },
      cwd: folder,
    };
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('contains only the program, its types, the builder and the schema', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'dist/cli/main.js',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/client/client.js',
      'dist/client/client.d.ts',
      'dist/builder/script/main.sh',
    ])
      expect(paths).toContain(path);
    for (const path of ['schema/recipe.schema.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE', 'package.json'])
      expect(paths).toContain(path);
    const strange = paths.filter((path) => !/^(?:dist|schema)\/|^[A-Z]+(?:\.md)?$|^package\.json$/.test(path));
    expect(strange).toEqual([]);
    expect(paths.filter((path) => /test|(?<!\.d)\.ts$|\.map$|lab\//.test(path))).toEqual([]);
    expect(packed.files.find(({ path }) => path === 'dist/cli/main.js')?.mode).toBe(0o755);
    // With undici and yaml, which took as much again in node_modules.
    expect(packed.unpackedSize).toBeLessThan(3_400_000);
  });

  it('runs outside the repository', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await execa(twinhull, ['--version'], environment)).stdout).toBe(version);
    expect((await execa(twinhull, ['--help'], environment)).stdout).toContain('Usage: twinhull');
    expect((await execa(twinhull, ['list', '--json'], environment)).stdout).toBe('[]');
    const options = [
      '--repository',
      'https://git.example/a.git',
      '--ref',
      commit,
      '--destination',
      'registry.example/a',
    ];
    const plan = await execa(twinhull, ['plan', '--recipe', 'vecoli', ...options, '--json'], environment);
    expect(JSON.parse(plan.stdout)).toMatchObject({ version: 1, source: { commit } });
    const wrong = await execa(twinhull, ['plan', '--recipe', 'nosuch', ...options], { ...environment, reject: false });
    expect(wrong.exitCode).toBe(2);
  });

  it('loads each of its modules with its own dependencies alone', async () => {
    const chunks = packed.files.map(({ path }) => path).filter((path) => path.startsWith('dist/chunks/'));
    const installed = join(folder, 'prefix/lib/node_modules/twinhull');
    const imports = chunks.map((path) => `await import(${JSON.stringify(join(installed, path))});`).join('\n');
    await execa(process.execPath, ['--input-type=module', '--eval', imports], environment);
    expect(chunks.length).toBeGreaterThan(20);
  });

  it('has the licences of the packages that are bundled', async () => {
    const licences = await readFile(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'kysely']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('is a library with correct types', async () => {
    const project = join(folder, 'project');
    const modules = join(project, 'node_modules');
    await mkdir(modules, { recursive: true });
    await symlink(join(folder, 'prefix/lib/node_modules/twinhull'), join(modules, 'twinhull'));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(join(project, 'use.ts'), useOfTheLibrary);
    await writeFile(join(project, 'call.ts'), useOfTheClient);
    const types = join(root, 'node_modules');
    const strict = ['--strict', '--noEmit', 'false', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    const compiler = [
      join(types, 'typescript/bin/tsc'),
      ...strict,
      '--types',
      'node',
      '--typeRoots',
      `${types}/@types`,
    ];
    const compiled = await execa(process.execPath, [...compiler, 'use.ts', 'call.ts'], { cwd: project, reject: false });
    expect(compiled.stdout).toBe('');
    const called = await execa(process.execPath, ['call.js'], { ...environment, cwd: project });
    expect(JSON.parse(called.stdout)).toEqual({
      builds: 1,
      state: 'published',
      refused: ['BuildNotFound', 'gone', 'look'],
    });
    const used = await execa(process.execPath, ['use.js'], { ...environment, cwd: project });
    expect(JSON.parse(used.stdout)).toEqual({
      outcomes: ['created', 'joined'],
      states: ['building', 'cancelled'],
      refused: 'BuildNotFound',
      schema: 'object',
    });
  });
});

/** Submits, joins and cancels a build with the library alone. Registry and engine are stubs: no build runs. */
const useOfTheLibrary = `
import { createRequire } from 'node:module';
import {
  type Build, cancelBuild, followBuild, isEnded, loadSettings, openStore, preparePlan, Reconciler, type Registry,
  silentReporter, submitBuild, systemClock, TwinhullError,
} from 'twinhull';

const settings = loadSettings({ ...process.env, TWINHULL_DESTINATION: 'registry.example/a' });
const store = await openStore(settings);
const options = { recipe: 'vecoli', repository: 'https://git.example/a.git', reference: '${commit}' };
const { plan, reference } = await preparePlan(options, settings, process.cwd());
const registry = { resolve: async () => undefined } as unknown as Registry;
const parts = { store, registry, clock: systemClock, backend: { check: async () => undefined } };
const first = await submitBuild({ plan, reference, force: false }, parts);
const second = await submitBuild({ plan, reference, force: false }, parts);
const build: Build = first.build;
await cancelBuild(build.id, parts);

const backend = {
  name: 'played', features: { liveLogs: true, uniqueNames: true, maxConcurrentJobs: 1, settleMilliseconds: 0 },
  check: async () => undefined, submit: async () => { throw new Error('nothing is to be submitted'); },
  describe: async () => new Map(), findByName: async () => [], terminate: async () => undefined,
  async *readLog() {}, release: async () => undefined,
};
const { defaultPolicy } = await import('twinhull');
const driver = { store, backend, registryFor: () => registry, clock: systemClock, reporter: silentReporter, policy: defaultPolicy };
await new Reconciler(driver).run({ signal: new AbortController().signal, untilIdle: true });
const following = followBuild(build.id, parts);
let next = await following.next();
while (!next.done) next = await following.next();
if (!isEnded(next.value)) throw new Error('the build has not ended');
const refused = await cancelBuild('unknown', parts).catch((error: unknown) => TwinhullError.is(error) && error.code);
const schema = createRequire(import.meta.url)('twinhull/recipe.schema.json') as { type: string };
await store.close();
const outcomes = [first.outcome, second.outcome];
console.log(JSON.stringify({ outcomes, states: [build.state, next.value.state], refused, schema: schema.type }));
`;

/** Calls a service with the typed client. The service is a stub: serve.test.ts has a real one. */
const useOfTheClient = `
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiBuildSummary, TwinhullClient, TwinhullError } from 'twinhull/client';

const server = createServer(({ url }, response) => {
  const isList = url === '/v1/builds?limit=5';
  const problem = { code: 'BuildNotFound', detail: 'gone', hint: 'look' };
  response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isList ? { builds: [{ id: '0123456789ab', state: 'published' }], next: null } : problem));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new TwinhullClient({ url: \`http://127.0.0.1:\${(server.address() as AddressInfo).port}\` });
const builds: ApiBuildSummary[] = [];
for await (const build of client.builds({ limit: 5 })) builds.push(build);
const refused = await client.build('0123456789ab').catch((error: unknown) => error);
if (!(refused instanceof TwinhullError)) throw new Error('it was not refused');
console.log(JSON.stringify({ builds: builds.length, state: builds[0]?.state, refused: [refused.code, refused.message, refused.hint] }));
server.close();
server.closeAllConnections();
`;
