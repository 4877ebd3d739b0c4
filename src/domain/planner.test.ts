import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecipe } from '../../test/helpers/arbitrary-recipe.ts';
import { buildKey } from './build-key.ts';
import type { Plan } from './plan.ts';
import { type PlanRequest, planBuild } from './planner.ts';
import type { Recipe, RecipeImage } from './recipe.ts';

const commit = 'c0ffee0123456789abcdef0123456789abcdef01';
const destination = { repository: 'localhost:5000/app', kind: 'oci', region: 'us-gov-west-1' } as const;

const app: RecipeImage = {
  name: 'app',
  platforms: ['linux/arm64', 'linux/amd64'],
  build: { kind: 'script', path: 'build.sh', arguments: ['{tag}'], environment: { USER: 'x' } },
  verify: [['app', '--version']],
  tags: [
    { template: 'latest', moving: true },
    { template: '{commit}', moving: false },
    { template: '{short}-{platform}', moving: false },
  ],
};

const submit: RecipeImage = {
  name: 'submit',
  platforms: ['linux/amd64'],
  from: { image: 'app', argument: 'BASE_IMAGE' },
  build: {
    kind: 'dockerfile',
    dockerfile: { path: 'Dockerfile' },
    context: '.',
    arguments: { A: '1' },
    secrets: ['npm', 'pip'],
    cache: true,
  },
  verify: [],
  tags: [{ template: '{commit}-submit', moving: false }],
};

const recipe: Recipe = {
  name: 'r',
  preset: { name: 'p', version: 1 },
  submodules: false,
  timeouts: { waitSeconds: 60, runSeconds: 60 },
  images: [submit, app],
};

const request: PlanRequest = {
  recipe,
  repository: 'https://github.com/org/repo',
  commit: commit.toUpperCase(),
  destination,
};

describe('planBuild', () => {
  it('orders steps by what they stand on, and leaves out what a platform does not build', () => {
    const { jobs } = planBuild(request);
    expect(jobs.map(({ platform, steps }) => [platform, steps.map(({ image }) => image)])).toEqual([
      ['linux/arm64', ['app']],
      ['linux/amd64', ['app', 'submit']],
    ]);
  });

  it('fills in tags, those that move last', () => {
    const tags = planBuild(request).tags.map(({ tag, kind, platforms, moving }) => [
      tag,
      kind,
      platforms.length,
      moving,
    ]);
    expect(tags).toEqual([
      [`${commit}-submit`, 'image', 1, false],
      [commit, 'index', 2, false],
      ['c0ffee0-arm64', 'image', 1, false],
      ['c0ffee0-amd64', 'image', 1, false],
      ['latest', 'index', 2, true],
    ]);
  });

  it('keeps the branch, and makes a tag of it that registries take', () => {
    const branched = { ...app, tags: [{ template: '{branch}', moving: true }] };
    const plan = planBuild({ ...request, branch: 'feature/x+y', recipe: { ...recipe, images: [branched] } });
    expect(plan.source.branch).toBe('feature/x+y');
    expect(plan.tags.map(({ tag }) => tag)).toEqual(['feature-x-y']);
  });

  it('leaves out tags of a branch that was not named, and refuses when none is left', () => {
    const both = { ...app, tags: [...app.tags, { template: '{branch}', moving: true }] };
    expect(planBuild({ ...request, recipe: { ...recipe, images: [both] } }).tags).toHaveLength(4);
    const only = { ...app, tags: [{ template: '{branch}', moving: true }] };
    expect(() => planBuild({ ...request, recipe: { ...recipe, images: [only] } })).toThrow(
      /nothing would be published/,
    );
  });

  it.each([
    ['staging-1', /belong to Twinhull/],
    ['latest', /image app has that tag too/],
    ['x'.repeat(200), /longer than 128/],
    ['ü', /begins with a letter/],
  ])('refuses what branch %s makes of a tag', (branch, message) => {
    const branched = { ...app, tags: [...app.tags, { template: '{branch}', moving: true }] };
    const plan = () => planBuild({ ...request, branch, recipe: { ...recipe, images: [branched] } });
    expect(plan).toThrow(expect.objectContaining({ code: 'ReferenceInvalid' }));
    expect(plan).toThrow(message);
  });

  it('builds every image once per platform, after its base, and publishes only what is built', () => {
    fc.assert(
      fc.property(anyRecipe, fc.boolean(), (any, withBranch) => {
        const plan = planBuild({ ...request, recipe: any, ...(withBranch && { branch: 'main' }) });
        for (const { name, platforms } of any.images) expect(platformsOf(plan, name)).toEqual(new Set(platforms));
        for (const { steps } of plan.jobs) {
          const images = steps.map(({ image }) => image);
          expect(new Set(images).size).toBe(images.length);
          for (const [index, { from }] of steps.entries())
            expect(from === undefined || images.slice(0, index).includes(from.image)).toBe(true);
        }
        for (const { image, platforms, kind } of plan.tags) {
          expect(platforms.every((platform) => platformsOf(plan, image).has(platform))).toBe(true);
          expect(kind).toBe(platforms.length > 1 ? 'index' : 'image');
        }
        expect(new Set(plan.tags.map(({ tag }) => tag)).size).toBe(plan.tags.length);
        expect(plan.tags.map(({ moving }) => moving)).toEqual(plan.tags.map(({ moving }) => moving).sort());
      }),
    );
  });

  it('gives the same plan for the same request, and nothing that JSON loses', () => {
    fc.assert(
      fc.property(anyRecipe, (any) => {
        const plan = planBuild({ ...request, recipe: any });
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
        expect(planBuild({ ...request, recipe: any })).toEqual(plan);
      }),
    );
  });
});

function platformsOf(plan: Plan, image: string): ReadonlySet<string> {
  return new Set(
    plan.jobs.filter(({ steps }) => steps.some((step) => step.image === image)).map(({ platform }) => platform),
  );
}

describe('buildKey', () => {
  const key = buildKey(planBuild(request));

  it('is a SHA-256 in hexadecimal that does not change from release to release', () => {
    expect(key).toBe(buildKey(planBuild(request)));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<PlanRequest>]>([
    ['the spelling of the repository', { repository: 'https://GITHUB.com/Org/repo.git/' }],
    ['the case of the commit', { commit }],
    ['the branch', { branch: 'main' }],
    ['the name of the recipe', { recipe: { ...recipe, name: 'other' } }],
    ['timeouts', { recipe: { ...recipe, timeouts: { waitSeconds: 1, runSeconds: 1 } } }],
    ['the order of images', { recipe: { ...recipe, images: [app, submit] } }],
    ['the order of tags', { recipe: { ...recipe, images: [submit, { ...app, tags: [...app.tags].reverse() }] } }],
    ['the order of secrets', { recipe: withSubmit({ secrets: ['pip', 'npm'] }) }],
  ])('does not depend on %s', (_, change) => {
    expect(buildKey(planBuild({ ...request, ...change }))).toBe(key);
  });

  it.each<[string, Partial<PlanRequest>]>([
    ['the repository', { repository: 'https://github.com/org/other' }],
    ['the commit', { commit: 'd'.repeat(40) }],
    ['the destination', { destination: { ...destination, repository: 'localhost:5000/other' } }],
    ['the region', { destination: { ...destination, region: 'eu-central-1' } }],
    ['submodules', { recipe: { ...recipe, submodules: true } }],
    ["the preset's version", { recipe: { ...recipe, preset: { name: 'p', version: 2 } } }],
    ['a tag', { recipe: { ...recipe, images: [submit, { ...app, tags: app.tags.slice(1) }] } }],
    [
      'whether a tag moves',
      { recipe: { ...recipe, images: [submit, { ...app, tags: app.tags.map((tag) => ({ ...tag, moving: true })) }] } },
    ],
    ['platforms', { recipe: { ...recipe, images: [submit, { ...app, platforms: ['linux/amd64'] }] } }],
    ['a verification', { recipe: { ...recipe, images: [submit, { ...app, verify: [] }] } }],
    ['a build argument', { recipe: withSubmit({ arguments: { A: '2' } }) }],
    ['the Dockerfile', { recipe: withSubmit({ dockerfile: { path: 'Other' } }) }],
    ['the target', { recipe: withSubmit({ target: 'x' }) }],
    ['secrets', { recipe: withSubmit({ secrets: [] }) }],
    [
      'a branch that a tag holds',
      {
        branch: 'b',
        recipe: {
          ...recipe,
          images: [submit, { ...app, tags: [...app.tags, { template: '{branch}', moving: true }] }],
        },
      },
    ],
  ])('depends on %s', (_, change) => {
    expect(buildKey(planBuild({ ...request, ...change }))).not.toBe(key);
  });

  it('survives the way through the database', () => {
    fc.assert(
      fc.property(anyRecipe, (any) => {
        const plan = planBuild({ ...request, recipe: any });
        expect(buildKey(JSON.parse(JSON.stringify(plan)) as Plan)).toBe(buildKey(plan));
      }),
    );
  });
});

function withSubmit(change: object): Recipe {
  return { ...recipe, images: [{ ...submit, build: { ...submit.build, ...change } }, app] };
}
