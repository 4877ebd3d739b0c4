import { beforeAll, expect, it } from 'vitest';
import type { JobDefinitionFacts } from '../../../adapters/aws-inspect/facts.ts';
import { builderScript, withoutComments } from '../../../builder/script.ts';
import { judgeJobDefinition } from './job-definition-check.ts';

let script: string;
let facts: JobDefinitionFacts;

beforeAll(async () => {
  script = await builderScript();
  facts = {
    arn: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-definition/vecoli-dind-build:3',
    name: 'vecoli-dind-build',
    revision: 3,
    status: 'ACTIVE',
    image: 'docker:cli',
    command: ['sh', '-c', withoutComments(script)],
    privileged: false,
    user: 'root',
    mounts: [{ hostPath: '/var/run/docker.sock', containerPath: '/var/run/docker.sock' }],
    environment: new Map(),
    vcpus: 4,
    memory: 7000,
  };
});

const judge = (change: Partial<JobDefinitionFacts> = {}) =>
  judgeJobDefinition(
    'job definition',
    'vecoli-dind-build',
    { ...facts, ...change },
    { region: 'us-gov-west-1', builderScript: script },
  );
const carrying = (text: string) => judge({ command: ['sh', '-c', text] });

it('finds nothing wrong with this version’s builder, with comments or without', () => {
  const detail = "vecoli-dind-build:3 runs this version's builder in docker:cli, with the host's socket, unprivileged";
  expect(judge()).toEqual([{ name: 'job definition', status: 'ok', detail }]);
  expect(carrying(script)).toMatchObject([{ status: 'ok' }]);
});

it('tells a job definition that is not there, or not active', () => {
  const asker = { region: 'us-gov-west-1', builderScript: script };
  expect(judgeJobDefinition('job definition', 'typo', undefined, asker)).toMatchObject([
    { status: 'problem', detail: 'there is no active job definition typo in us-gov-west-1' },
  ]);
  expect(judge({ status: 'INACTIVE' })).toMatchObject([
    { status: 'problem', detail: 'vecoli-dind-build:3 is INACTIVE' },
  ]);
});

it('tells a socket that is not mounted, or elsewhere', () => {
  for (const mounts of [[], [{ hostPath: '/var/run/docker.sock', containerPath: '/tmp/docker.sock' }]])
    expect(judge({ mounts })).toMatchObject([{ status: 'problem', detail: expect.stringContaining('does not mount') }]);
  expect(judge({ mounts: [{ hostPath: '/run/docker.sock', containerPath: '/var/run/docker.sock' }] })).toMatchObject([
    { status: 'ok' },
  ]);
});

it('warns of privileges that are not needed, and of a user who lacks some', () => {
  expect(judge({ privileged: true })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('privileged') },
  ]);
  expect(judge({ user: '1000' })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('runs as 1000') },
  ]);
  for (const user of [undefined, '', '0', 'root:root']) expect(judge({ user })).toMatchObject([{ status: 'ok' }]);
});

it('tells another script of the same contract from one of another contract, and from none', () => {
  const older = withoutComments(script).replace('set -u', 'set -eu');
  expect(carrying(older)).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('of another version, of the same contract') },
  ]);
  const foreign = older.replace('need CONTRACT 1', 'need CONTRACT 2');
  expect(carrying(foreign)).toMatchObject([
    { status: 'problem', detail: expect.stringContaining('contract 2, and this version speaks 1') },
  ]);
  expect(carrying('echo hello')).toMatchObject([
    { status: 'problem', detail: expect.stringContaining('does not carry the builder script') },
  ]);
});
