import { TwinhullError } from '../errors/twinhull-error.ts';
import { parseCommit } from './commit.ts';
import { parseRefName } from './git-reference.ts';
import { parseRepository } from './git-repository.ts';
import type { Destination, Plan, PlannedJob, PlannedStep, PlannedTag } from './plan.ts';
import { type Platform, platforms } from './platform.ts';
import { quoted } from './quoted.ts';
import { orderByBase, type Recipe, type RecipeImage, type RecipeTag } from './recipe.ts';
import { fillTag, holds, type TagValues, tagProblem } from './recipe-tags.ts';

export interface PlanRequest {
  readonly recipe: Recipe;
  readonly repository: string;
  /** All 40 digits; whatever shorter name the user gave is resolved by now. */
  readonly commit: string;
  /** The branch that the user named, if it was one. */
  readonly branch?: string | undefined;
  readonly destination: Destination;
}

/**
 * Works a recipe out for one commit: every job, step and tag.
 * @throws RepositoryInvalid, ReferenceInvalid, RecipeInvalid
 */
export function planBuild(request: PlanRequest): Plan {
  const { recipe, destination } = request;
  const commit = parseCommit(request.commit);
  const branch = request.branch === undefined ? undefined : parseRefName(request.branch);
  return {
    version: 1,
    recipe: { name: recipe.name, ...(recipe.preset && { preset: recipe.preset }) },
    source: {
      repository: parseRepository(request.repository),
      commit,
      ...(branch !== undefined && { branch }),
      submodules: recipe.submodules,
    },
    destination,
    jobs: planJobs(recipe),
    tags: planTags(recipe, { commit, branch }),
    timeouts: recipe.timeouts,
  };
}

function planJobs(recipe: Recipe): PlannedJob[] {
  const ordered = orderByBase(recipe.images);
  if (ordered === undefined)
    throw new TwinhullError('RecipeInvalid', `the images of ${recipe.name} stand on each other in a circle`);
  return platforms
    .map((platform) => ({
      platform,
      steps: ordered.filter((image) => image.platforms.includes(platform)).map(planStep),
    }))
    .filter(({ steps }) => steps.length > 0);
}

function planStep({ name, from, build, verify }: RecipeImage): PlannedStep {
  return { image: name, ...(from && { from }), build, verify };
}

/** Tags that stand for ever come first: a consumer who follows a moving tag then finds them all. */
function planTags(recipe: Recipe, values: TagValues): PlannedTag[] {
  const tags = recipe.images.flatMap((image) => image.tags.flatMap((tag) => imageTags(image, tag, values)));
  if (tags.length === 0) {
    throw new TwinhullError(
      'ReferenceInvalid',
      `nothing would be published: every tag of ${recipe.name} holds {branch}, and no branch was named`,
      {
        hint: 'name a branch instead of a commit, or give an image a tag with {commit}',
      },
    );
  }
  for (const [index, { tag }] of tags.entries()) checkTag(tag, tags.slice(0, index), recipe, values);
  return [...tags.filter(({ moving }) => !moving), ...tags.filter(({ moving }) => moving)];
}

function imageTags(image: RecipeImage, { template, moving }: RecipeTag, values: TagValues): PlannedTag[] {
  const built = platforms.filter((platform) => image.platforms.includes(platform));
  const groups = holds(template, 'platform') ? built.map((platform) => [platform]) : [built];
  return groups.flatMap((group) => plannedTag(image.name, fillTag(template, values, group[0]), group, moving));
}

function plannedTag(image: string, tag: string | undefined, built: readonly Platform[], moving: boolean): PlannedTag[] {
  if (tag === undefined) return [];
  return [{ tag, image, platforms: built, kind: built.length > 1 ? 'index' : 'image', moving }];
}

/** Recipes are checked with a sample branch; what the true one makes of a tag shows only here. */
function checkTag(tag: string, earlier: readonly PlannedTag[], recipe: Recipe, values: TagValues): void {
  const twin = earlier.find((other) => other.tag === tag);
  const problem = twin === undefined ? tagProblem(tag) : `image ${twin.image} has that tag too`;
  if (problem === undefined) return;
  const cause =
    values.branch === undefined
      ? `recipe ${recipe.name}`
      : `branch ${quoted(values.branch)} with recipe ${recipe.name}`;
  throw new TwinhullError(
    values.branch === undefined ? 'RecipeInvalid' : 'ReferenceInvalid',
    `${cause} gives the tag ${quoted(tag)}: ${problem}`,
    {
      hint: 'build by commit, from another branch, or change the tag in the recipe',
    },
  );
}
