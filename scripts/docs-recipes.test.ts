import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planBuild } from '../src/domain/planner.ts';
import { parseRecipe } from '../src/recipes/read-recipe.ts';

const commit = 'c0ffee0123456789abcdef0123456789abcdef01';
const destination = { repository: 'registry.example/team/app', kind: 'oci', region: 'us-gov-west-1' } as const;
const repository = 'https://git.example/team/app.git';

const page = readFileSync(new URL('../docs/recipe-examples.md', import.meta.url), 'utf8');
const recipes = [...page.matchAll(/^## (.+)\n[^#]*?```yaml\n([^`]*)```/gm)].map(
  ([, title = '', text = '']) => [title, text] as const,
);

it('docs/recipe-examples.md has six recipes', () => {
  expect(recipes).toHaveLength(6);
});

describe('docs/recipe-examples.md', () => {
  it.each(recipes)('%s: is a recipe that can be planned', (title, text) => {
    const recipe = parseRecipe(text, title);
    const plan = planBuild({ recipe, repository, commit, branch: 'main', destination });
    expect(plan.jobs.length).toBeGreaterThan(0);
    expect(plan.tags.map(({ tag }) => tag)).toContainEqual(expect.stringContaining(commit));
  });
});
