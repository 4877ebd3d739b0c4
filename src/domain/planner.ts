import { parseCommit } from './commit.ts';
import { formatDuration } from './duration.ts';
import { TwinhullError } from './errors/twinhull-error.ts';
import { parseFullRef, parseRefName } from './git-reference.ts';
import { parseRepository } from './git-repository.ts';
import type { Destination, DockerfileBuild, Plan, PlannedJob, PlannedStep, PlannedTag, ScriptBuild } from './plan.ts';
import { type Platform, platforms } from './platform.ts';
import { quoted } from './quoted.ts';
import {
  defaultRunSeconds,
  orderByBase,
  type Recipe,
  type RecipeDockerfileBuild,
  type RecipeImage,
  type RecipeTag,
} from './recipe.ts';
import {
  branchTag,
  fillPlaceholders,
  fillTag,
  holds,
  namesCommit,
  type PlaceholderPlace,
  type PlaceholderValues,
  type TagValues,
  tagProblem,
  variesByPlatform,
} from './recipe-placeholders.ts';
import { otherAbbreviationIn, otherCommitIn } from './tag-ownership.ts';

/** What `makePlan` needs; everything is resolved, so that planning makes no calls. */
export interface PlanRequest {
  readonly recipe: Recipe;
  readonly repository: string;
  /** All 40 digits; a shorter name given by the user is already resolved. */
  readonly commit: string;
  /** The branch that the user named, if it was one. */
  readonly branch?: string | undefined;
  readonly destination: Destination;
  /** The full name of the tag or other reference that the user named, if it was one: `refs/pull/1/head`. */
  readonly ref?: string | undefined;
  /** Set if the operator named the recipe; unset if a caller sent it. */
  readonly origin?: 'operator' | undefined;
  /** How long the backend lets a job run, in seconds, if known. */
  readonly longestRunSeconds?: number | undefined;
}

/**
 * Resolves a recipe for one commit: every job, step and tag.
 * @throws RepositoryInvalid, ReferenceInvalid, RecipeInvalid
 */
export function planBuild(request: PlanRequest): Plan {
  const { recipe, destination, origin } = request;
  const commit = parseCommit(request.commit);
  const branch = request.branch === undefined ? undefined : parseRefName(request.branch);
  return {
    version: 1,
    recipe: { name: recipe.name, ...(recipe.preset && { preset: recipe.preset }), ...(origin && { origin }) },
    source: {
      repository: parseRepository(request.repository),
      commit,
      ...(branch !== undefined && { branch }),
      ...(request.ref !== undefined && { ref: parseFullRef(request.ref) }),
      ...recipe.checkout,
    },
    destination,
    jobs: planJobs(recipe, { commit, branch, destination }),
    tags: planTags(recipe, { commit, branch }),
    timeouts: planTimeouts(recipe, request.longestRunSeconds),
  };
}

/** Clean-up and updates of hosts rely on the backend's limit: no job may outlast it. */
function planTimeouts(
  { name, timeouts: { waitSeconds, runSeconds } }: Recipe,
  limit = Number.POSITIVE_INFINITY,
): Plan['timeouts'] {
  if (runSeconds === undefined) return { waitSeconds, runSeconds: Math.min(defaultRunSeconds, limit) };
  if (runSeconds <= limit) return { waitSeconds, runSeconds };
  throw new TwinhullError(
    'RecipeInvalid',
    `timeouts.run of ${name} is ${formatDuration(runSeconds)}, and the job definition limits jobs to ${formatDuration(limit)}`,
    {
      hint: `set timeouts.run to ${formatDuration(limit)} or less, or deploy the stack with a larger timeoutMinutes and use its BUILD_TIMEOUT_SECONDS`,
    },
  );
}

function planJobs(recipe: Recipe, values: Omit<PlaceholderValues, 'platform'>): PlannedJob[] {
  const ordered = orderByBase(recipe.images);
  if (ordered === undefined)
    throw new TwinhullError('RecipeInvalid', `the images of ${recipe.name} depend on each other in a cycle`);
  return platforms
    .map((platform) => ({
      platform,
      steps: ordered
        .filter((image) => image.platforms.includes(platform))
        .map((image) => planStep(image, { ...values, platform })),
    }))
    .filter(({ steps }) => steps.length > 0);
}

/** Fixed tags come first: when a moving tag moves, consumers find all of them. */
function planTags(recipe: Recipe, values: TagValues): PlannedTag[] {
  checkBranch(recipe, values);
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
  const groups = variesByPlatform(template) ? built.map((platform) => [platform]) : [built];
  return groups.flatMap((group) => plannedTag(image.name, fillTag(template, values, group[0]), group, moving));
}

function plannedTag(image: string, tag: string | undefined, built: readonly Platform[], moving: boolean): PlannedTag[] {
  if (tag === undefined) return [];
  return [{ tag, image, platforms: built, kind: built.length > 1 ? 'index' : 'image', moving }];
}

/** Recipes are checked with a sample branch; problems with the actual one show only here. */
function checkTag(tag: string, earlier: readonly PlannedTag[], recipe: Recipe, values: TagValues): void {
  const duplicate = earlier.find((other) => other.tag === tag);
  const other = otherCommitIn(tag, values.commit);
  const problem =
    (duplicate && `image ${duplicate.image} has that tag too`) ?? (other && readsAs(other, values)) ?? tagProblem(tag);
  if (problem !== undefined) throw tagRefused(tag, problem, recipe, values);
}

/** A branch may have the name that is the `{short}` of another commit. */
function checkBranch(recipe: Recipe, values: TagValues): void {
  const templates = recipe.images.flatMap(({ tags }) => tags.map(({ template }) => template));
  if (values.branch === undefined || !templates.some((each) => holds(each, 'branch') && !namesCommit(each))) return;
  const text = branchTag(values.branch);
  const other = otherAbbreviationIn(text, values.commit);
  if (other !== undefined) throw tagRefused(text, readsAs(other, values), recipe, values);
}

function readsAs(other: string, { commit }: TagValues): string {
  return `${other} looks like a different commit than ${commit}`;
}

function tagRefused(tag: string, problem: string, recipe: Recipe, { branch }: TagValues): TwinhullError {
  const cause = branch === undefined ? `recipe ${recipe.name}` : `branch ${quoted(branch)} with recipe ${recipe.name}`;
  return new TwinhullError(
    branch === undefined ? 'RecipeInvalid' : 'ReferenceInvalid',
    `${cause} gives the tag ${quoted(tag)}: ${problem}`,
    {
      hint: 'build by commit, from another branch, or change the tag in the recipe',
    },
  );
}

type StepValues = PlaceholderValues & { readonly platform: Platform };

/**
 * How one image is built on one platform, with its placeholders filled in.
 * @throws ReferenceInvalid if the recipe needs a branch, and none was given
 */
function planStep({ name, from, architecture, build, verify }: RecipeImage, values: StepValues): PlannedStep {
  const filled = build.kind === 'script' ? planScript(name, build, values) : planDockerfile(name, build, values);
  return { image: name, ...(from && { from }), ...(architecture && { architecture }), build: filled, verify };
}

function planScript(image: string, build: ScriptBuild, values: StepValues): ScriptBuild {
  const fill = filler(image, 'script', values);
  return {
    ...build,
    arguments: build.arguments.map((argument, index) => fill(argument, `script.args[${String(index)}]`)),
    environment: filledRecord(build.environment, 'script.env', fill),
  };
}

function planDockerfile(image: string, build: RecipeDockerfileBuild, values: StepValues): DockerfileBuild {
  const fill = filler(image, 'name', values);
  const { dockerfile, context, target } = build;
  return {
    ...build,
    dockerfile:
      'inline' in dockerfile ? dockerfile : { path: fill(pathOf(dockerfile, image, values), 'dockerfile.path') },
    context: fill(context, 'dockerfile.context'),
    ...(target !== undefined && { target: fill(target, 'dockerfile.target') }),
    arguments: filledRecord(build.arguments, 'dockerfile.args', filler(image, 'argument', values)),
  };
}

function pathOf(
  dockerfile: Exclude<RecipeDockerfileBuild['dockerfile'], { inline: string }>,
  image: string,
  { platform }: StepValues,
): string {
  if ('path' in dockerfile) return dockerfile.path;
  const path = dockerfile.paths[platform];
  if (path === undefined) throw new RangeError(`image ${image} has no Dockerfile for ${platform}`);
  return path;
}

type Fill = (text: string, field: string) => string;

function filler(image: string, place: PlaceholderPlace, values: StepValues): Fill {
  return (text, field) => {
    const filled = fillPlaceholders(text, place, values);
    const [missing] = filled.unknown;
    if (missing === undefined) return filled.text;
    throw new TwinhullError(
      'ReferenceInvalid',
      `images.${image}.${field} is ${quoted(text)}, and no ${missing} was named`,
      { hint: 'name a branch instead of a commit, or leave the placeholder out of the recipe' },
    );
  };
}

function filledRecord(values: Readonly<Record<string, string>>, field: string, fill: Fill): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, fill(value, `${field}.${name}`)] as const),
  );
}
