import { beforeAll, describe, it } from 'vitest';
import { exitCodes, type FailureReason } from '../../src/builder/contract.ts';
import { BuilderBed, type BuilderJob } from '../helpers/builder-jobs.ts';
import { dockerfileStep, scriptStep } from '../helpers/builder-steps.ts';
import { refusingRegistry } from '../helpers/refusing-registry.ts';

type Case = readonly [string, keyof typeof exitCodes, FailureReason, Partial<BuilderJob>];

const step = dockerfileStep('task');
const from = (path: string) => [dockerfileStep('task', { build: { dockerfile: { path } } })];
const environment = (values: Record<string, string | undefined>): Partial<BuilderJob> => ({ environment: values });

describe.concurrent('a failing job reports the phase and the reason', () => {
  let bed: BuilderBed;
  let images: { withoutBuildx: string; alpineLike: string };
  let source: { url: string; commit: string };
  beforeAll(async () => {
    bed = await BuilderBed.open();
    const [withoutBuildx, alpineLike] = await Promise.all([bed.image('withoutBuildx'), bed.image('alpineLike')]);
    images = { withoutBuildx, alpineLike };
    const base = `FROM ${bed.lab.images.busybox}\n`;
    source = await bed.repository({
      Dockerfile: `${base}RUN date +%N%s >/it\n`,
      'failing/Dockerfile': `${base}RUN exit 17\n`,
      outside: { mode: '120000', content: '/etc' },
      'outside-file': { mode: '120000', content: '../../../etc/passwd' },
    });
    return async () => await bed.dispose();
  });

  const cases: readonly Case[] = [
    ['another contract', 'contract', 'contract-invalid', environment({ TWINHULL_CONTRACT: '2' })],
    ['no steps', 'contract', 'contract-invalid', environment({ TWINHULL_STEP_COUNT: undefined })],
    ['a base that no step made', 'contract', 'contract-invalid', environment({ TWINHULL_STEP_1_FROM: 'other' })],
    ['no engine', 'engine', 'engine-unreachable', environment({ DOCKER_HOST: 'unix:///nowhere.sock' })],
    ['no API version in common', 'engine', 'engine-version', environment({ DOCKER_API_VERSION: '1.99' })],
    [
      'a foreign engine',
      'engine',
      'engine-platform',
      { platform: 'linux/arm64', ...environment({ TWINHULL_EMULATION: undefined }) },
    ],
    ['no Dockerfile', 'build', 'script-missing', { steps: from('none/Dockerfile') }],
    ['a Dockerfile behind a link out of the checkout', 'build', 'script-missing', { steps: from('outside/passwd') }],
    ['a Dockerfile that is a link out of the checkout', 'build', 'script-missing', { steps: from('outside-file') }],
    ['a script that is such a link', 'build', 'script-missing', { steps: [scriptStep('task', 'outside-file')] }],
    [
      'such a context',
      'build',
      'script-missing',
      { steps: [dockerfileStep('task', { build: { context: 'outside' } })] },
    ],
    ['a failing Dockerfile', 'build', 'step-failed', { steps: from('failing/Dockerfile') }],
    [
      'a secret that is not given',
      'build',
      'secret-unreadable',
      { steps: [dockerfileStep('task', { build: { secrets: ['no'] } })] },
    ],
    [
      'a failing command',
      'verify',
      'verify-failed',
      { steps: [{ ...step, verify: [['true'], ['sh', '-c', 'exit 5']] }] },
    ],
    ['a registry that is not there', 'push', 'registry-unreachable', { destination: '127.0.0.1:1/app' }],
  ];

  it.for(cases)('%s', async ([name, phase, reason, change], { expect }) => {
    const destination = `${bed.destination}-${name.replaceAll(' ', '-').toLowerCase()}`;
    const ended = await bed.run({ ...source, steps: [step], destination, ...change });
    expect([ended.exitCode, ended.reason]).toEqual([exitCodes[phase], reason]);
    expect(ended.marks).toContainEqual(expect.objectContaining({ verb: 'fail', phase, reason }));
    expect(ended.log).toMatch(/end cleanup - 0\n$/);
    expect(await bed.leftovers(ended.key, destination)).toEqual([]);
  });

  it('a tool that cannot be installed', async ({ expect }) => {
    const change = environment({ PATH: '/bb:/usr/bin' });
    const ended = await bed.run({ ...source, steps: [step], image: images.alpineLike, ...change });
    expect(ended).toMatchObject({ exitCode: exitCodes.tools, reason: 'tool-missing' });
  });

  it('a client without BuildKit', async ({ expect }) => {
    const change = environment({ TEST_CLIENT: '28.2.2, build e6534b4' });
    const ended = await bed.run({ ...source, steps: [step], image: images.withoutBuildx, ...change });
    expect(ended).toMatchObject({ exitCode: exitCodes.engine, reason: 'no-buildkit' });
  });

  it.for([
    ['login', 'login-refused', { login: true }],
    ['push', 'push-refused', {}],
  ] as const)('a registry that refuses the %s', async ([phase, reason, refusing], { expect }) => {
    const registry = await refusingRegistry(refusing);
    const credentials = { username: 'robot', password: 'canary-password' };
    const destination = `${registry.host}/app`;
    const ended = await bed.run({ ...source, steps: [step], destination, credentials });
    await registry.close();
    expect(ended).toMatchObject({ exitCode: exitCodes[phase], reason });
    expect(ended.log).not.toContain('canary-password');
    expect(await bed.leftovers(ended.key, destination)).toEqual([]);
  });
});
