import fc from 'fast-check';
import type { DockerfileBuild, ScriptBuild } from '../../src/domain/plan.ts';
import { type Platform, platforms } from '../../src/domain/platform.ts';
import type { Recipe, RecipeImage, RecipeTag } from '../../src/domain/recipe.ts';

/** Recipes as `readRecipe` may return them, with values as hostile as a recipe may contain. */

/** Quotes, dollars, newlines, leading dashes, `=`: everything but NUL and broken Unicode. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\0')),
  fc.constantFrom('$(touch /tmp/x)', '`id`', "'; rm -rf /; '", '-e', 'a=b=c', 'line\nline\n', '', '{tag}', '\\', '*'),
);

const variableName = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
const variables = fc.dictionary(variableName, anyText, { maxKeys: 4 });

const secrets = fc.uniqueArray(fc.constantFrom('npm', 'pip', 'ssh.key'));

const script: fc.Arbitrary<ScriptBuild> = fc
  .record({
    kind: fc.constant('script' as const),
    path: fc.constantFrom('build.sh', 'a folder/build.sh'),
    arguments: fc.array(anyText, { maxLength: 5 }),
    environment: variables,
    secrets,
    isCached: fc.boolean(),
  })
  .map(({ secrets: ids, isCached, ...rest }) => ({
    ...rest,
    ...(ids.length > 0 && { secrets: ids }),
    ...(!isCached && { cache: false }),
  }));

export const dockerfile: fc.Arbitrary<DockerfileBuild> = fc
  .record({
    kind: fc.constant('dockerfile' as const),
    dockerfile: fc.oneof(
      fc.constant({ path: 'Dockerfile' }),
      anyText.map((inline) => ({ inline })),
    ),
    context: fc.constantFrom('.', 'app'),
    target: fc.option(fc.constantFrom('final', 'x'), { nil: undefined }),
    arguments: variables,
    once: fc.option(fc.constant({ RUNTIME_IMAGE: 'runtime' }), { nil: undefined }),
    secrets,
    cache: fc.boolean(),
  })
  .map(({ target, once, ...rest }) => ({ ...rest, ...(target !== undefined && { target }), ...(once && { once }) }));

const verify = fc.array(fc.array(anyText, { minLength: 1, maxLength: 3 }), { maxLength: 2 });
const somePlatforms = fc.subarray([...platforms], { minLength: 1 });

interface Sketch {
  readonly own: readonly Platform[];
  readonly base: number | undefined;
  readonly build: ScriptBuild | DockerfileBuild;
  readonly dockerfile: DockerfileBuild;
  readonly verify: readonly (readonly string[])[];
  readonly independent: boolean;
  readonly extraTags: readonly RecipeTag[];
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  own: somePlatforms,
  base: fc.option(fc.nat(10), { nil: undefined }),
  build: fc.oneof(script, dockerfile),
  dockerfile,
  verify,
  independent: fc.boolean(),
  extraTags: fc.subarray([
    { template: '{commit}-{platform}', moving: false },
    { template: '{branch}', moving: true },
    { template: '{short}', moving: false },
  ]),
});

export const anyRecipe: fc.Arbitrary<Recipe> = fc
  .record({
    sketches: fc.array(sketch, { minLength: 1, maxLength: 5 }),
    checkout: fc.record(
      {
        submodules: fc.boolean(),
        lfs: fc.boolean(),
        depth: fc.constantFrom(5, 'full' as const),
        tags: fc.constant(true),
      },
      { requiredKeys: [] },
    ),
    preset: fc.option(fc.record({ name: fc.constant('vecoli'), version: fc.integer({ min: 1, max: 9 }) }), {
      nil: undefined,
    }),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ sketches, checkout, preset, order }) => ({
    name: 'some-recipe',
    ...(preset && { preset }),
    checkout,
    timeouts: { waitSeconds: 7200, runSeconds: 10_800 },
    images: shuffled(toImages(sketches), order),
  }));

/** Bases point backwards, so there are no cycles; platforms are limited to the base's. */
function toImages(sketches: readonly Sketch[]): RecipeImage[] {
  const images: RecipeImage[] = [];
  for (const [index, each] of sketches.entries()) {
    const base = each.base === undefined || index === 0 ? undefined : images[each.base % index];
    const common = platforms.filter(
      (platform) => each.own.includes(platform) && base?.platforms.includes(platform) !== false,
    );
    const tags = [{ template: `{commit}-i${index}`, moving: false }, ...each.extraTags].map((tag) => ({
      ...tag,
      template: `${tag.template}-i${index}`,
    }));
    images.push({
      name: `i${index}`,
      platforms: common.length > 0 ? common : (base?.platforms ?? platforms),
      ...(base && { from: { image: base.name, argument: 'BASE_IMAGE' } }),
      ...(each.independent && { architecture: 'independent' as const }),
      build: base === undefined ? each.build : each.dockerfile,
      verify: each.verify,
      tags,
    });
  }
  return images;
}

function shuffled<Item>(items: readonly Item[], order: Iterator<number>): Item[] {
  return items
    .map((item) => ({ item, at: Number(order.next().value) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
