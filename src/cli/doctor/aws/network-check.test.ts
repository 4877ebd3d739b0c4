import { expect, it } from 'vitest';
import type { SubnetFacts } from '../../../adapters/aws-inspect/facts.ts';
import { judgeNetwork } from './network-check.ts';

const subnet = (defaultRoute: string | undefined, givesPublicAddress = false): SubnetFacts => ({
  id: `subnet-${defaultRoute ?? 'closed'}`,
  vpc: 'vpc-1',
  defaultRoute,
  givesPublicAddress,
});
const judge = (subnets: readonly SubnetFacts[], endpoints: readonly string[] = []) =>
  judgeNetwork('network', { subnets, endpoints: new Set(endpoints) }, { region: 'us-gov-west-1' });
const all = ['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api', 'ecr.dkr', 's3', 'logs', 'secretsmanager'];

it('finds nothing wrong with a way out', () => {
  expect(judge([subnet('nat-1'), subnet('igw-1', true)])).toEqual({
    name: 'network',
    status: 'ok',
    detail: '2 subnets, each with a way out by NAT gateway, internet gateway',
  });
  expect(judge([subnet('tgw-1')]).status).toBe('ok');
});

it.each([
  ['vpce-1', 'gateway load balancer'],
  ['eni-1', 'a host of your own'],
  ['other', 'another network'],
])('says what a way out by %s is', (route, words) => {
  expect(judge([subnet(route)])).toMatchObject({ status: 'ok', detail: `1 subnet, each with a way out by ${words}` });
});

it('tells hosts that reach nothing, and names the endpoints that would do', () => {
  expect(judge([subnet('nat-1'), subnet(undefined)], ['s3', 'logs'])).toMatchObject({
    status: 'problem',
    detail: expect.stringMatching(
      /^hosts in subnet-closed have no way .* nor to ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr, secretsmanager in/,
    ),
  });
});

it('warns of hosts that reach AWS alone', () => {
  expect(judge([subnet(undefined)], all)).toMatchObject({
    status: 'warning',
    advice: expect.stringContaining('git server'),
  });
});

it('warns of an internet gateway without public addresses', () => {
  expect(judge([subnet('igw-1')])).toMatchObject({
    status: 'warning',
    advice: expect.stringContaining('launch template'),
  });
});
