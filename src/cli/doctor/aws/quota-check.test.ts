import { expect, it } from 'vitest';
import { judgeVcpuQuota, unknownQuota, vcpuQuotas } from './quota-check.ts';

const demand = { oneHost: 4, oneBuild: 8, most: 32 };
const judge = (quota: number) => judgeVcpuQuota('vCPU quota', onDemand!, quota, demand, { region: 'us-gov-west-1' });
const [onDemand, spot] = vcpuQuotas;

it.each([
  [1, 'problem', 'no host can start'],
  [4, 'warning', 'wait for each other'],
  [8, 'warning', 'fewer than the limit of the compute environments (32)'],
  [32, 'ok', 'builds use at most 32'],
])('rates %d vCPUs as %s', (quota, status, detail) => {
  expect(judge(quota)).toMatchObject({ status, detail: expect.stringContaining(detail) });
});

it('explains how to request more', () => {
  expect(judge(1).advice).toBe(
    'request an increase: aws service-quotas request-service-quota-increase --region us-gov-west-1 --service-code ec2 --quota-code L-1216C47A --desired-value 32',
  );
});

it('only warns if the quota is unknown', () => {
  const failure = { action: 'servicequotas:GetServiceQuota', reason: 'why' };
  expect(unknownQuota('vCPU quota', onDemand!, { ...failure, kind: 'denied' })).toMatchObject({
    status: 'warning',
    advice: expect.stringContaining('allow servicequotas:GetServiceQuota'),
  });
  expect(unknownQuota('vCPU quota', spot!, { ...failure, kind: 'no-such-host' })).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('Spot instances'),
    advice: expect.stringContaining('Spot Instance Requests'),
  });
});
