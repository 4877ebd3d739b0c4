import { expect, it } from 'vitest';
import type { SubnetFacts } from '../../../adapters/aws/inspect/facts.ts';
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

it('accepts subnets with a route to the internet', () => {
  expect(judge([subnet('nat-1'), subnet('igw-1', true)])).toEqual({
    name: 'network',
    status: 'ok',
    detail: '2 subnets, each with a route through NAT gateway, internet gateway',
  });
  expect(judge([subnet('tgw-1')]).status).toBe('ok');
});

it.each([
  ['vpce-1', 'gateway load balancer'],
  ['eni-1', 'a custom host'],
  ['other', 'another network'],
])('describes a route through %s', (route, words) => {
  expect(judge([subnet(route)])).toMatchObject({
    status: 'ok',
    detail: `1 subnet, each with a route through ${words}`,
  });
});

it('reports isolated hosts, and names the missing endpoints', () => {
  expect(judge([subnet('nat-1'), subnet(undefined)], ['s3', 'logs'])).toMatchObject({
    status: 'problem',
    detail: expect.stringMatching(
      /^hosts in subnet-closed have no route .* nor endpoints for ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr, secretsmanager in/,
    ),
  });
});

it('warns of hosts that reach only AWS', () => {
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
