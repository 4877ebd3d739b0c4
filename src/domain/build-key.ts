import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { repositoryIdentity } from './git-repository.ts';
import type {
  CheckoutOptions,
  DockerfileBuild,
  Plan,
  PlannedJob,
  PlannedStep,
  PlannedTag,
  ScriptBuild,
} from './plan.ts';

/**
 * What makes two builds the same: repository, commit, resolved recipe with its preset's version, destination and tags,
 * as SHA-256 over canonical JSON (RFC 8785), in hexadecimal. The recipe's name, the branch or other reference, the
 * timeouts and the order of unordered lists do not count: recipes that differ in name alone have the same content and
 * tags, so they are one build, whose tags belong to the first recipe. Rules for secrets by recipe name are applied
 * earlier, to the plan.
 */
export function buildKey(plan: Plan): string {
  const identity = {
    version: plan.version,
    preset: plan.recipe.preset,
    repository: repositoryIdentity(plan.source.repository),
    commit: plan.source.commit,
    ...checkoutIdentity(plan.source),
    destination: {
      repository: plan.destination.repository,
      kind: plan.destination.kind,
      region: plan.destination.region,
    },
    jobs: plan.jobs.map(jobIdentity).sort(by(({ platform }) => platform)),
    tags: plan.tags.map(tagIdentity).sort(by(({ tag }) => tag)),
  };
  return createHash('sha256').update(canonicalJson(identity)).digest('hex');
}

/** A plan without these fields keeps the key that it had before they existed. */
function checkoutIdentity({ submodules = false, lfs, depth, tags }: CheckoutOptions): object {
  const more = { ...(lfs === true && { lfs }), ...(depth !== undefined && { depth }), ...(tags && { tags }) };
  return { submodules, ...(Object.keys(more).length > 0 && { checkout: more }) };
}

function jobIdentity({ platform, steps }: PlannedJob): PlannedJob {
  return { platform, steps: steps.map(stepIdentity).sort(by(({ image }) => image)) };
}

function stepIdentity({ image, from, architecture, build, verify }: PlannedStep): PlannedStep {
  return { image, ...(from && { from }), ...(architecture && { architecture }), build: buildIdentity(build), verify };
}

function buildIdentity(build: ScriptBuild | DockerfileBuild): ScriptBuild | DockerfileBuild {
  return build.secrets === undefined ? build : { ...build, secrets: [...build.secrets].sort() };
}

function tagIdentity({ tag, image, platforms, kind, moving }: PlannedTag): PlannedTag {
  return { tag, image, platforms: [...platforms].sort(), kind, moving };
}

function by<Item>(key: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
