import { expect, it } from 'vitest';
import type { ComputeEnvironmentFacts, InstanceTypeFacts } from '../../../adapters/aws/inspect/facts.ts';
import { type HostFacts, judgeHosts, namedTypes } from './hosts-check.ts';

const environment: ComputeEnvironmentFacts = {
  name: 'build-arm64',
  arn: 'arn:aws-us-gov:batch:us-gov-west-1:123456789012:compute-environment/build-arm64',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: undefined,
  resource: 'EC2',
  maxVcpus: 16,
  instanceTypes: ['m8g.xlarge', 'c8g.xlarge'],
  subnets: ['subnet-1'],
};
const type = (name: string, platform: 'linux/arm64' | 'linux/amd64'): InstanceTypeFacts => ({
  name,
  platforms: [platform],
  vcpus: 4,
  memory: 8192,
});
const good: HostFacts = {
  environments: [environment],
  offered: new Set(['m8g.xlarge', 'c8g.xlarge']),
  types: [type('m8g.xlarge', 'linux/arm64'), type('c8g.xlarge', 'linux/arm64')],
};
const judge = (change: Partial<HostFacts> = {}, environmentChange: Partial<ComputeEnvironmentFacts> = {}) => {
  const environments = change.environments ?? [{ ...environment, ...environmentChange }];
  return judgeHosts('hosts arm64', 'linux/arm64', { ...good, ...change, environments }, { region: 'us-gov-west-1' });
};

it('accepts hosts of the platform', () => {
  expect(judge()).toEqual([
    { name: 'hosts arm64', status: 'ok', detail: 'm8g.xlarge, c8g.xlarge, at most 16 vCPUs at once' },
  ]);
});

it.each<[Partial<ComputeEnvironmentFacts>, string, string]>([
  [{ state: 'DISABLED' }, 'problem', 'is DISABLED'],
  [{ status: 'INVALID', statusReason: 'CLIENT_ERROR - not authorized' }, 'problem', 'is INVALID: CLIENT_ERROR'],
  [{ status: 'UPDATING' }, 'warning', 'is UPDATING'],
  [{ resource: 'FARGATE' }, 'problem', 'has no Docker socket'],
  [{ maxVcpus: 0 }, 'problem', 'is limited to 0 vCPUs'],
])('reports a compute environment with %o', (change, status, detail) => {
  expect(judge({}, change)).toMatchObject([{ status, detail: expect.stringContaining(detail) }]);
});

it('reports types of the other architecture', () => {
  const types = [type('m7i.xlarge', 'linux/amd64'), type('m8g.xlarge', 'linux/arm64')];
  const found = judge(
    { types, offered: new Set(['m7i.xlarge', 'm8g.xlarge']) },
    { instanceTypes: ['m7i.xlarge', 'm8g.xlarge'] },
  );
  expect(found).toMatchObject([{ status: 'problem', detail: expect.stringMatching(/^m7i.xlarge: not linux\/arm64/) }]);
});

it.each([
  ['optimal', 'problem'],
  ['default_x86_64', 'problem'],
  ['default_arm64', 'ok'],
])('resolves Batch’s own instance type %s', (word, status) => {
  expect(namedTypes([{ ...environment, instanceTypes: [word] }])).toEqual([]);
  expect(judge({ offered: new Set(), types: [] }, { instanceTypes: [word] })).toMatchObject([{ status }]);
});

it('warns if some types are not offered, and reports a problem if none is', () => {
  expect(judge({ offered: new Set(['m8g.xlarge']) })).toMatchObject([
    { status: 'warning', detail: 'us-gov-west-1 does not offer c8g.xlarge: fewer instance types to choose from' },
  ]);
  expect(judge({ offered: new Set() })).toMatchObject([
    { status: 'problem', detail: 'us-gov-west-1 does not offer m8g.xlarge, c8g.xlarge: its jobs never start' },
  ]);
});

it('treats a family as offered if one of its sizes is', () => {
  expect(judge({}, { instanceTypes: ['m8g'] })).toMatchObject([{ status: 'ok' }]);
  expect(judge({}, { instanceTypes: ['m8'] })).toMatchObject([{ status: 'problem' }]);
});

it('ignores unknown facts', () => {
  expect(judge({ offered: undefined, types: undefined })).toMatchObject([{ status: 'ok' }]);
});

it('reports missing environments', () => {
  expect(judge({ environments: [] })).toMatchObject([{ status: 'problem' }]);
});
