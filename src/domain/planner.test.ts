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
  checkout: {},
  timeouts: { waitSeconds: 60, runSeconds: 60 },
  images: [submit, app],
};

const request: PlanRequest = {
  recipe,
  repository: 'https://github.com/org/repo',
  commit: commit.toUpperCase(),
  destination,
};

describe('the run limit of a job', () => {
  const runOf = (runSeconds: number | undefined, longestRunSeconds?: number) =>
    planBuild({
      ...request,
      longestRunSeconds,
      recipe: { ...recipe, timeouts: { waitSeconds: 60, ...(runSeconds !== undefined && { runSeconds }) } },
    }).timeouts.runSeconds;

  it('is that of the recipe, or three hours, or the limit of the job definition if that is shorter', () => {
    expect(runOf(undefined)).toBe(10_800);
    expect(runOf(undefined, 5400)).toBe(5400);
    expect(runOf(undefined, 20_000)).toBe(10_800);
    expect(runOf(5400, 5400)).toBe(5400);
    expect(runOf(86_400)).toBe(86_400);
  });

  it('is refused above the limit of the job definition, naming both', () => {
    expect(() => runOf(18_000, 10_800)).toThrow(
      expect.objectContaining({
        code: 'RecipeInvalid',
        message: 'timeouts.run of r is 5h, and the job definition limits jobs to 3h',
        hint: expect.stringContaining('set timeouts.run to 3h or less'),
      }),
    );
  });
});

describe('planBuild', () => {
  it('orders steps after their bases, and leaves out images of other platforms', () => {
    const { jobs } = planBuild(request);
    expect(jobs.map(({ platform, steps }) => [platform, steps.map(({ image }) => image)])).toEqual([
      ['linux/arm64', ['app']],
      ['linux/amd64', ['app', 'submit']],
    ]);
  });

  it('fills in tags, moving ones last', () => {
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

  it('fills in the inputs of scripts and docker build, and chooses the Dockerfile of the platform', () => {
    const images: RecipeImage[] = [
      {
        ...app,
        build: {
          ...{ kind: 'script', path: 'b.sh', secrets: ['npm'] },
          arguments: ['{tag}', '{commit}', 'v{short}-{arch}'],
          environment: { ON: '{branch}/{machine}', KEPT: '\\{short}' },
        },
      },
      {
        ...submit,
        platforms: app.platforms,
        build: {
          ...{ kind: 'dockerfile', context: 'of/{platform}', secrets: [], cache: true },
          dockerfile: { paths: { 'linux/arm64': 'arm/Dockerfile', 'linux/amd64': 'Dockerfile.{arch}' } },
          target: 'for-{arch}',
          arguments: { FROM: '{registry}/{repository}:{commit}' },
        },
      },
    ];
    const { jobs } = planBuild({ ...request, recipe: { ...recipe, images }, branch: 'a/b' });
    expect(jobs.map(({ steps }) => steps.map(({ build }) => build))).toEqual(
      (['arm64', 'amd64'] as const).map((arch) => [
        {
          ...{ kind: 'script', path: 'b.sh', secrets: ['npm'] },
          arguments: ['{tag}', '{commit}', `vc0ffee0-${arch}`],
          environment: { ON: `a-b/${arch === 'arm64' ? 'aarch64' : 'x86_64'}`, KEPT: '{short}' },
        },
        {
          ...{ kind: 'dockerfile', context: `of/${arch}`, secrets: [], cache: true, target: `for-${arch}` },
          dockerfile: { path: arch === 'arm64' ? 'arm/Dockerfile' : 'Dockerfile.amd64' },
          arguments: { FROM: `localhost:5000/app:${commit}` },
        },
      ]),
    );
  });

  it('refuses a text with a branch placeholder if no branch is named', () => {
    const images = [{ ...submit, from: undefined, build: { ...submit.build, arguments: { ON: 'on {branch}' } } }];
    const plan = () => planBuild({ ...request, recipe: { ...recipe, images: images as RecipeImage[] } });
    expect(plan).toThrow('images.submit.dockerfile.args.ON is "on {branch}", and no branch was named');
  });

  it('keeps the branch, and converts it to a valid tag', () => {
    const branched = { ...app, tags: [{ template: '{branch}', moving: true }] };
    const plan = planBuild({ ...request, branch: 'feature/x+y', recipe: { ...recipe, images: [branched] } });
    expect(plan.source.branch).toBe('feature/x+y');
    expect(plan.tags.map(({ tag }) => tag)).toEqual(['feature-x-y']);
  });

  it('leaves out branch tags if no branch is named, and refuses if none is left', () => {
    const both = { ...app, tags: [...app.tags, { template: '{branch}', moving: true }] };
    expect(planBuild({ ...request, recipe: { ...recipe, images: [both] } }).tags).toHaveLength(4);
    const only = { ...app, tags: [{ template: '{branch}', moving: true }] };
    expect(() => planBuild({ ...request, recipe: { ...recipe, images: [only] } })).toThrow(
      /nothing would be published/,
    );
  });

  it.each([
    ['staging-1', /reserved for Twinhull/],
    ['latest', /image app has that tag too/],
    ['x'.repeat(200), /longer than 128/],
    ['ü', /begins with a letter/],
  ])('refuses the tag that results from branch %s', (branch, message) => {
    const branched = { ...app, tags: [...app.tags, { template: '{branch}', moving: true }] };
    const plan = () => planBuild({ ...request, branch, recipe: { ...recipe, images: [branched] } });
    expect(plan).toThrow(expect.objectContaining({ code: 'ReferenceInvalid' }));
    expect(plan).toThrow(message);
  });

  describe('a branch that reads as a commit', () => {
    const other = 'b1'.repeat(20);
    const withTag = (template: string): Recipe => ({
      ...recipe,
      images: [{ ...app, tags: [{ template, moving: true }] }],
    });
    const planOf = (branch: string, template = '{branch}') =>
      planBuild({ ...request, branch, recipe: withTag(template) });

    it.each([
      ['the commit of another', `#${other}`],
      ['a commit in upper case', `#${other.toUpperCase()}`],
      ['a SHA-256', `#${other}${'c'.repeat(24)}`],
      ['an image of another commit', `#${other}-submit`],
      ['a commit with a prefix', `sim-${other}`],
      ['an abbreviated commit', 'b1b1b1b'],
      ['an image of an abbreviated commit', 'B1B1B1B-submit'],
    ])('is refused: %s', (_, branch) => {
      expect(() => planOf(branch)).toThrow(
        expect.objectContaining({
          code: 'ReferenceInvalid',
          message: expect.stringContaining('like a different commit'),
        }),
      );
    });

    it('is refused if the recipe extends it to a commit', () => {
      expect(() => planOf('b1'.repeat(10), `{branch}${'b1'.repeat(10)}`)).toThrow(/looks like a different commit/);
    });

    it('may name the commit itself, or anything in tags with the commit or without a branch', () => {
      expect(planOf(`#${commit}`).tags[0]?.tag).toBe(commit);
      expect(planOf('c0ffee0').tags[0]?.tag).toBe('c0ffee0');
      expect(planOf('b1b1b1b', '{commit}-{branch}').tags[0]?.tag).toBe(`${commit}-b1b1b1b`);
      expect(planOf('b1b1b1b', 'latest').tags[0]?.tag).toBe('latest');
    });

    it('is refused as text of the recipe too', () => {
      expect(() => planBuild({ ...request, recipe: withTag(other) })).toThrow(
        expect.objectContaining({ code: 'RecipeInvalid', message: expect.stringContaining('like a different commit') }),
      );
    });
  });

  it('refuses two images with the same tag', () => {
    const twin = { ...submit, from: undefined, tags: [{ template: '{branch}', moving: true }] };
    const both = { ...recipe, images: [{ ...app, tags: [{ template: 'main', moving: true }] }, twin as RecipeImage] };
    expect(() => planBuild({ ...request, branch: 'main', recipe: both })).toThrow(/image app has that tag too/);
  });

  it('builds every image once per platform after its base, and publishes only built images', () => {
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

  it('returns the same plan for the same request, and survives a JSON round trip', () => {
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

  it('is a hexadecimal SHA-256 that is stable across releases', () => {
    expect(key).toBe(buildKey(planBuild(request)));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<PlanRequest>]>([
    ['the spelling of the repository', { repository: 'https://GITHUB.com/Org/repo.git/' }],
    ['the case of the commit', { commit }],
    ['the branch', { branch: 'main' }],
    ['what it accepts not to be checked out', { recipe: { ...recipe, checkout: { submodules: false, lfs: false } } }],
    ['the reference', { ref: 'refs/pull/1/head' }],
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
    ['files in LFS', { recipe: { ...recipe, checkout: { lfs: true } } }],
    ['history', { recipe: { ...recipe, checkout: { depth: 'full' } } }],
    ['git tags', { recipe: { ...recipe, checkout: { tags: true } } }],
    ['submodules', { recipe: { ...recipe, checkout: { submodules: true } } }],
    ["the preset's version", { recipe: { ...recipe, preset: { name: 'p', version: 2 } } }],
    ['a tag', { recipe: { ...recipe, images: [submit, { ...app, tags: app.tags.slice(1) }] } }],
    [
      'whether a tag moves',
      { recipe: { ...recipe, images: [submit, { ...app, tags: app.tags.map((tag) => ({ ...tag, moving: true })) }] } },
    ],
    ['platforms', { recipe: { ...recipe, images: [submit, { ...app, platforms: ['linux/amd64'] }] } }],
    [
      'an independent architecture',
      { recipe: { ...recipe, images: [submit, { ...app, architecture: 'independent' }] } },
    ],
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

  it('survives a round trip through the database', () => {
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
