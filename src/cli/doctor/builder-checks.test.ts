import { describe, expect, it } from 'vitest';
import { checkBuildkit, checkEngineDisk, checkTools } from './builder-checks.ts';
import { type BuilderFacts, parseBuilderFacts } from './builder-facts.ts';

const debian: BuilderFacts = {
  client: '20.10.24+dfsg1',
  server: '20.10.24+dfsg1',
  serverProblem: undefined,
  buildx: undefined,
  tools: ['docker', 'git', 'bash'],
  freeBytes: 50 * 2 ** 30,
};

it('parses the output of the builder', () => {
  const output = `client=29.7.0
server=28.2.2
buildx=github.com/docker/buildx v0.36.0 0123abc
tool=docker
tool=git
tool=apk
free=overlay 102626232 22811088 74555880 24% /
`;
  expect(parseBuilderFacts(output)).toEqual({
    client: '29.7.0',
    server: '28.2.2',
    serverProblem: undefined,
    buildx: 'github.com/docker/buildx v0.36.0 0123abc',
    tools: ['docker', 'git', 'apk'],
    freeBytes: 74_555_880 * 1024,
  });
});

it('parses the output of an image without docker', () => {
  expect(parseBuilderFacts('client=\nproblem=sh: docker: not found\nbuildx=\nfree=\n')).toEqual({
    client: undefined,
    server: undefined,
    serverProblem: 'sh: docker: not found',
    buildx: undefined,
    tools: [],
    freeBytes: undefined,
  });
});

describe('BuildKit', () => {
  it.each<[string, Partial<BuilderFacts>, string, RegExp]>([
    ['is in old clients', {}, 'ok', /20\.10\.24\+dfsg1 has it built in/],
    [
      'is a plugin of new ones',
      { client: '29.7.0', buildx: 'github.com/docker/buildx v0.36.0 x' },
      'ok',
      /client 29\.7\.0 with buildx v0\.36\.0/,
    ],
    ['is missing where the plugin is', { client: '28.2.2' }, 'problem', /needs the buildx plugin/],
    ['is not in very old clients', { client: '17.12.0' }, 'problem', /older than BuildKit/],
    ['needs a client', { client: undefined }, 'problem', /has no docker client/],
    [
      'needs the socket',
      { server: undefined, serverProblem: 'permission denied' },
      'problem',
      /over \/run\/d\.sock: permission denied/,
    ],
  ])('%s', (_, facts, status, detail) => {
    expect(checkBuildkit('BuildKit', { ...debian, ...facts }, 'docker:cli', '/run/d.sock')).toMatchObject({
      status,
      detail: expect.stringMatching(detail),
    });
  });
});

it('downloadable tools are a warning, others a problem', () => {
  expect(checkTools('tools', debian, 'b').status).toBe('ok');
  expect(checkTools('tools', { ...debian, tools: ['docker', 'git', 'apk'] }, 'b')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('lacks bash'),
  });
  expect(checkTools('tools', { ...debian, tools: ['docker'] }, 'b')).toMatchObject({
    status: 'problem',
    detail: expect.stringContaining('lacks git, bash'),
  });
});

it.each([
  [50, 'ok'],
  [5, 'warning'],
  [1, 'problem'],
])('%i GiB free on the engine is %s', (gibibytes, status) => {
  expect(checkEngineDisk('disk', { ...debian, freeBytes: gibibytes * 2 ** 30 }, '/var/lib/docker').status).toBe(status);
});

it('unknown disk space is a warning', () => {
  expect(checkEngineDisk('disk', { ...debian, freeBytes: undefined }, '/var/lib/docker')).toMatchObject({
    status: 'warning',
    advice: 'check it manually: df -h /var/lib/docker',
  });
});
