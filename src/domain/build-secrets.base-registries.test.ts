import { expect, it } from 'vitest';
import { samplePlan } from '../../test/helpers/sample-builds.ts';
import { baseRegistriesFor, type SecretRules } from './build-secrets.ts';
import type { Plan } from './plan.ts';

const plan = samplePlan({ repository: 'registry.example/acme/model' });
const operators: Plan = { ...plan, recipe: { ...plan.recipe, origin: 'operator' } };
const baseRegistries = [{ host: 'ghcr.io' }, { host: 'registry.example' }, { host: 'docker.io' }];
const hosts = (of: Plan, secretRules?: SecretRules) =>
  baseRegistriesFor(of, { baseRegistries, secretRules }).map(({ host }) => host);

it('are those of the setting for recipes of the operator, except the destination', () => {
  expect(hosts(operators)).toEqual(['ghcr.io', 'docker.io']);
});

it('are none for submitted recipes, unless a rule allows it', () => {
  expect(hosts(plan)).toEqual([]);
  expect(hosts(plan, new Map([['ghcr.io', { callers: 'allow' }]]))).toEqual(['ghcr.io']);
});

it('are limited to the repositories that a rule names', () => {
  const rules: SecretRules = new Map([['ghcr.io', { repositories: ['https://git.example/other/'] }]]);
  expect(hosts(operators, rules)).toEqual(['docker.io']);
});
