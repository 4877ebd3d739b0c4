import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { builderContractLabel, contractVersion } from '../../builder/contract.ts';
import { parseRecipe } from '../../recipes/read-recipe.ts';
import { judgeBuilderLabels } from './builder-image-check.ts';

it.each([
  ['ok', {}],
  ['ok', { [builderContractLabel]: String(contractVersion) }],
  ['ok', { [builderContractLabel]: String(contractVersion + 1) }],
  ['warning', { [builderContractLabel]: String(contractVersion - 1) }],
] as const)('is %s for a builder image with the labels %j', (status, labels) => {
  const result = judgeBuilderLabels('builder image', 'registry.example.com/builder:1', labels);
  expect(result.status).toBe(status);
  if (status === 'warning')
    expect(result.detail).toBe(
      `registry.example.com/builder:1 is for jobs of contract ${contractVersion - 1}; this version needs contract ${contractVersion}`,
    );
});

it('has a recipe for both platforms, whose Dockerfile exists', async () => {
  const file = 'examples/builder-image/twinhull.yaml';
  const recipe = parseRecipe(await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8'), file);
  expect(recipe.images).toMatchObject([
    { platforms: ['linux/arm64', 'linux/amd64'], build: { dockerfile: { path: 'infra/builder-image/Dockerfile' } } },
  ]);
});

it('labels our own image with the version of the contract', async () => {
  const dockerfile = await readFile(new URL('../../../infra/builder-image/Dockerfile', import.meta.url), 'utf8');
  expect(dockerfile).toContain(`\nLABEL ${builderContractLabel}=${contractVersion}\n`);
});
