import { beforeAll, describe, it } from 'vitest';
import { exitCodes } from '../../src/builder/contract.ts';
import { BuilderBed } from '../helpers/builder-jobs.ts';
import { dockerfileStep } from '../helpers/builder-steps.ts';

const link = (content: string) => ({ mode: '120000', content }) as const;

describe.concurrent('a repository with symbolic links', () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  function files(): Record<string, string> {
    return {
      'docker/release.Dockerfile': `FROM ${bed.lab.images.busybox}\nCOPY . /src\n`,
      'docker/release.Dockerfile.dockerignore': 'secret.env\nplain\n',
      'secret.env': 'PASSWORD=x\n',
      plain: 'x\n',
    };
  }

  const lists = ['sh', '-c', 'echo "found $(cd /src; echo *)"'];

  it.for([
    ['a link in its own folder', 'docker/Dockerfile', 'release.Dockerfile', 'docker plain'],
    ['a link to another folder', 'Dockerfile', 'docker/release.Dockerfile', 'Dockerfile docker plain'],
    ['a link to a link', 'Dockerfile', 'docker/second', 'Dockerfile docker plain'],
  ] as const)('keeps the ignore file of a Dockerfile that is %s', async ([, path, target, found], { expect }) => {
    const { url, commit } = await bed.repository({
      ...files(),
      'docker/second': link('release.Dockerfile'),
      [path]: link(target),
      [`${path}.dockerignore`]: 'secret.env\nDockerfile.dockerignore\n',
    });
    const step = dockerfileStep('app', { build: { dockerfile: { path } }, verify: [lists] });
    const ended = await bed.run({ url, commit, steps: [step] });
    expect(ended.exitCode, ended.log).toBe(0);
    expect(ended.log).toContain(`found ${found}\n`);
  });

  it('uses the ignore file of the link’s target when the link has none', async ({ expect }) => {
    const { url, commit } = await bed.repository({ ...files(), Dockerfile: link('docker/release.Dockerfile') });
    const ended = await bed.run({ url, commit, steps: [dockerfileStep('app', { verify: [lists] })] });
    expect(ended.log).toContain('found Dockerfile docker\n');
  });

  it('builds from a context and a folder that are links', async ({ expect }) => {
    const { url, commit } = await bed.repository({
      ...files(),
      'real/.dockerignore': 'secret.env\n.dockerignore\n',
      'real/secret.env': 'x',
      'real/wanted': 'x',
      context: link('real'),
      'docker/show.Dockerfile': `FROM ${bed.lab.images.busybox}\nCOPY . /src\n`,
      recipes: link('docker'),
    });
    const build = { context: 'context', dockerfile: { path: 'recipes/show.Dockerfile' } };
    const ended = await bed.run({ url, commit, steps: [dockerfileStep('app', { build, verify: [lists] })] });
    expect(ended.exitCode, ended.log).toBe(0);
    expect(ended.log).toContain('found wanted\n');
  });

  it.for([
    ['a Dockerfile', { Dockerfile: link('/proc/self/environ') }, {}],
    [
      'an ignore file',
      { Dockerfile: link('docker/release.Dockerfile'), 'Dockerfile.dockerignore': link('/etc/passwd') },
      {},
    ],
    [
      'a context',
      { context: link('/dev/shm') },
      { context: 'context', dockerfile: { path: 'docker/release.Dockerfile' } },
    ],
    ['a chain of links', { Dockerfile: link('docker/a'), 'docker/a': link('../../../x') }, {}],
  ] as const)('refuses %s outside the checkout', async ([, links, build], { expect }) => {
    const { url, commit } = await bed.repository({ ...files(), ...links });
    const ended = await bed.run({ url, commit, steps: [dockerfileStep('app', { build })] });
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason: 'script-missing' });
  });
});
