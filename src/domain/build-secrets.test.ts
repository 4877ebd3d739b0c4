import { expect, it } from 'vitest';
import { refuseSecrets, type SecretRule } from './build-secrets.ts';
import { planBuild } from './planner.ts';
import type { Recipe } from './recipe.ts';

const recipe: Recipe = {
  name: 'model',
  checkout: {},
  timeouts: { waitSeconds: 1, runSeconds: 1 },
  images: [
    {
      name: 'app',
      platforms: ['linux/amd64'],
      build: {
        kind: 'dockerfile',
        dockerfile: { inline: 'FROM scratch\n' },
        context: '.',
        arguments: {},
        secrets: ['npm'],
        cache: false,
      },
      verify: [],
      tags: [{ template: '{commit}', moving: false }],
    },
  ],
};

function plan(origin?: 'operator', repository = 'https://git.example/acme/model.git', used: Recipe = recipe) {
  const destination = { repository: 'registry.example/acme', kind: 'oci', region: 'us-gov-west-1' } as const;
  return planBuild({ recipe: used, repository, commit: 'a'.repeat(40), destination, origin });
}
const judged = (planned: ReturnType<typeof plan>, rule?: SecretRule) => () =>
  refuseSecrets(planned, new Map(rule === undefined ? [] : [['npm', rule]]));
const acme = { repositories: ['https://git.example/acme/'] };

it('reserves secrets for recipes of the operator if there is no rule', () => {
  expect(judged(plan('operator'))).not.toThrow();
  expect(judged(plan('operator', 'https://git.example/other.git'))).not.toThrow();
  expect(judged(plan())).toThrow(
    expect.objectContaining({ code: 'SecretNotAllowed', hint: expect.stringContaining('callers: allow') }),
  );
});

it('allows a secret for the repositories and recipes that its rule names', () => {
  expect(judged(plan('operator'), { ...acme, recipes: ['model'] })).not.toThrow();
  expect(judged(plan('operator'), { repositories: ['https://git.example/acme/model'] })).not.toThrow();
  expect(judged(plan('operator', 'https://git.example/other/model.git'), acme)).toThrow(/no rule names the repository/);
  expect(judged(plan('operator', 'https://git.example/acme2/model.git'), acme)).toThrow(/no rule names the repository/);
  expect(judged(plan('operator'), { recipes: ['other'] })).toThrow(/no rule names the recipe "model"/);
  expect(judged(plan('operator'), { repositories: [] })).toThrow(/no rule names the repository/);
});

it('allows no secret for a submitted recipe, whatever its name', () => {
  expect(judged(plan(), { ...acme, recipes: ['model'] })).toThrow(/was sent/);
  expect(judged(plan(), { ...acme, callers: 'refuse' })).toThrow(/was sent/);
  expect(judged(plan(), { ...acme, callers: 'allow' })).not.toThrow();
  expect(judged(plan(undefined, 'https://git.example/other.git'), { ...acme, callers: 'allow' })).toThrow(
    /no rule names the repository/,
  );
});

it('checks each secret against its own rule, and a plan without secrets against none', () => {
  const [image] = recipe.images;
  const two = { ...recipe, images: [{ ...image!, build: { ...image!.build, secrets: ['npm', 'pip'] } as never }] };
  expect(judged(plan(undefined, undefined, two), { callers: 'allow' })).toThrow(/"pip"/);
  const none = { ...recipe, images: [{ ...image!, build: { ...image!.build, secrets: [] } as never }] };
  expect(judged(plan(undefined, undefined, none), { repositories: [] })).not.toThrow();
});
