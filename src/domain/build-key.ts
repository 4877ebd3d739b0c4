import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { repositoryIdentity } from './git-repository.ts';
import type { DockerfileBuild, Plan, PlannedJob, PlannedStep, PlannedTag, ScriptBuild } from './plan.ts';

/**
 * What makes two builds the same: repository, commit, resolved recipe with its preset's version, destination and tags,
 * as SHA-256 over canonical JSON (RFC 8785), in hexadecimal. The recipe's name, the branch, the timeouts and the order
 * of what has none do not count.
 */
export function buildKey(plan: Plan): string {
  const identity = {
    version: plan.version,
    preset: plan.recipe.preset,
    repository: repositoryIdentity(plan.source.repository),
    commit: plan.source.commit,
    submodules: plan.source.submodules,
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

function jobIdentity({ platform, steps }: PlannedJob): PlannedJob {
  return { platform, steps: steps.map(stepIdentity).sort(by(({ image }) => image)) };
}

function stepIdentity({ image, from, build, verify }: PlannedStep): PlannedStep {
  return { image, ...(from && { from }), build: buildIdentity(build), verify };
}

function buildIdentity(build: ScriptBuild | DockerfileBuild): ScriptBuild | DockerfileBuild {
  return build.kind === 'script' ? build : { ...build, secrets: [...build.secrets].sort() };
}

function tagIdentity({ tag, image, platforms, kind, moving }: PlannedTag): PlannedTag {
  return { tag, image, platforms: [...platforms].sort(), kind, moving };
}

function by<Item>(key: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
