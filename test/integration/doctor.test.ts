import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type Lab, readLab } from '../../lab/lab.ts';
import { Engine } from '../../src/adapters/docker/engine.ts';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { type CheckResult, runChecks } from '../../src/cli/doctor/check.ts';
import { type DoctorOptions, doctorChecks } from '../../src/cli/doctor/doctor.ts';
import { tryToRun } from '../../src/cli/doctor/platform-check.ts';
import { runShortContainer } from '../../src/cli/doctor/short-container.ts';
import { staticProgram } from '../../src/cli/doctor/static-program.ts';
import { hostAudience } from '../../src/domain/git-audience.ts';
import type { SecretSource } from '../../src/ports/secret-source.ts';

let lab: Lab;

beforeAll(async () => {
  const found = await readLab();
  if (found === undefined) throw new Error('there is no lab on this machine: npm run lab:up');
  lab = found;
});

async function diagnose(change: Partial<DoctorOptions> = {}): Promise<ReadonlyMap<string, CheckResult>> {
  const results = await runChecks(
    doctorChecks({
      engines: { default: parseEngineEndpoint(lab.engine.host) },
      builderImage: lab.images.builder,
      emulation: true,
      secrets: secretsWith(async () => (await readFile(lab.git.tokenFile, 'utf8')).trim()),
      stateFolder: tmpdir(),
      registry: () => openRegistry(`${lab.registry.host}/doctor`),
      repository: lab.examples.vecoliMini.url,
      gitCaFile: lab.git.caFile,
      ...change,
    }),
  );
  return new Map(results.map((result) => [result.name, result]));
}

function secretsWith(gitToken: () => Promise<string>): SecretSource {
  return {
    gitCredential: async (url) => ({
      audience: hostAudience(url),
      username: 'x-access-token',
      token: await gitToken(),
    }),
    checkGitCredentials: async () => undefined,
    registryCredentials: async () => undefined,
    buildSecret: () => Promise.reject(new Error('not asked for')),
  };
}

it('passes the lab: engine, builder, both platforms, registry, git', async () => {
  const results = await diagnose();
  const names = [
    'engine',
    'builder image',
    'BuildKit',
    'builder tools',
    'engine disk',
    'linux/arm64',
    'linux/amd64',
    'state folder',
    'registry',
    'git',
    'secret files',
  ];
  expect([...results.keys()]).toEqual(names);
  expect([...results.values()].filter(({ status }) => status === 'problem')).toEqual([]);
  const ways = ['linux/arm64', 'linux/amd64'].map((platform) => results.get(platform)?.detail.split(' on ')[0]);
  expect(ways.sort()).toEqual(['by emulation', 'native']);
});

it('reports each problem with its fix', async () => {
  const results = await diagnose({
    engines: {
      default: parseEngineEndpoint(`unix://${join(tmpdir(), `none-${randomBytes(6).toString('hex')}.sock`)}`),
    },
    secrets: secretsWith(async () => 'a-wrong-token'),
    stateFolder: '/proc/self',
    registry: () => openRegistry('127.0.0.1:9/nothing'),
  });
  expect(results.get('engine')).toMatchObject({
    status: 'problem',
    code: 'EngineUnreachable',
    advice: expect.stringContaining('systemctl start docker'),
  });
  expect(results.get('registry')).toMatchObject({ status: 'problem', code: 'RegistryUnreachable' });
  expect(results.get('git')).toMatchObject({
    status: 'problem',
    code: 'GitAccessDenied',
    advice: expect.stringContaining('TWINHULL_GIT_TOKEN_FILE'),
  });
  expect(results.get('state folder')).toMatchObject({ status: 'problem', code: 'StoreUnavailable' });
  expect([...results.keys()]).not.toContain('BuildKit');
});

it('distinguishes a builder image that is unavailable from one that can be pulled', async () => {
  const missing = await diagnose({
    builderImage: `${lab.registry.host}/doctor/none-${randomBytes(6).toString('hex')}:1`,
  });
  expect(missing.get('builder image')).toMatchObject({
    status: 'problem',
    code: 'BuilderImageMissing',
    advice: expect.stringContaining('docker pull'),
  });
  expect(missing.has('BuildKit')).toBe(false);
});

it('refuses a foreign platform where emulation is not allowed', async () => {
  const results = await diagnose({ emulation: false });
  const refused = ['linux/arm64', 'linux/amd64']
    .map((platform) => results.get(platform))
    .filter((result) => result?.status === 'problem');
  expect(refused).toMatchObject([
    { advice: expect.stringMatching(/TWINHULL_DOCKER_HOST_(ARM64|AMD64) .*TWINHULL_EMULATION=allow/) },
  ]);
});

it('reports a program that the engine cannot run', async () => {
  const foreign = staticProgram('linux/amd64');
  foreign.writeUInt16LE(0xffff, 18); // a processor that does not exist
  const engine = new Engine(parseEngineEndpoint(lab.engine.host));
  try {
    expect(await tryToRun(engine, lab.images.builder, foreign)).toMatch(/exec format error/);
  } finally {
    engine.close();
  }
});

it('leaves no container behind, even when its command cannot be started', async () => {
  const engine = new Engine(parseEngineEndpoint(lab.engine.host));
  const command = [`/nothing-${randomBytes(6).toString('hex')}`];
  try {
    const container = { Image: lab.images.builder, Entrypoint: command };
    const start = (id: string) => engine.call('start', (api, signal) => api.startContainer(id, signal));
    await expect(runShortContainer(engine, { container, start })).rejects.toThrow(command[0]);
    const left = await engine.call('list containers', (api, signal) =>
      api.listContainers({ label: ['dev.twinhull.doctor'] }, signal),
    );
    expect(left.filter((container) => container.Command.includes(command[0] ?? ''))).toEqual([]);
  } finally {
    engine.close();
  }
});
