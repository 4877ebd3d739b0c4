import { type Platform, platformSuffix } from './platform.ts';

/**
 * A recipe resolved for one commit of one repository: every job, step and tag. A value without side effects; it is
 * stored with the build and used by retries.
 */
export interface Plan {
  /** Version of this shape, for plans that older releases stored. */
  readonly version: 1;
  readonly recipe: PlannedRecipe;
  readonly source: PlannedSource;
  readonly destination: Destination;
  /** One per platform, in the order of `platforms`. */
  readonly jobs: readonly PlannedJob[];
  /** In the order in which they are put. */
  readonly tags: readonly PlannedTag[];
  /** Longest time a job may wait to start and may run, in seconds. */
  readonly timeouts: { readonly waitSeconds: number; readonly runSeconds: number };
}

/** Which recipe the plan was made from. */
export interface PlannedRecipe {
  readonly name: string;
  /** Set if the recipe came from a preset: part of what makes two builds the same. */
  readonly preset?: { readonly name: string; readonly version: number };
  /** Set if the operator named the recipe: by default only those may use build secrets. Absent in older plans. */
  readonly origin?: 'operator';
}

/** What a job checks out, if it differs from one commit without submodules and LFS files. */
export interface CheckoutOptions {
  /**
   * Whether to fetch files in Git LFS. If undefined, a job that would use a pointer file fails; `false` accepts them.
   */
  readonly lfs?: boolean;
  /** Whether to fetch submodules, recursively. If undefined, a job that needs an empty one fails; `false` allows it. */
  readonly submodules?: boolean;
  /** How many commits of the history. @default 1 */
  readonly depth?: number | 'full';
  /** Whether to fetch tags, for `git describe`. @default false */
  readonly tags?: boolean;
}

/** What each job checks out. */
export interface PlannedSource extends CheckoutOptions {
  /** Canonical clone URL: `https://host[:port]/path.git` without credentials. */
  readonly repository: string;
  /** 40 hexadecimal digits, lower case. */
  readonly commit: string;
  /** A branch that contains the commit, if the user named one: for servers that refuse a fetch by SHA. */
  readonly branch?: string;
  /** The full name of the tag or other reference that the user named, for the same servers. */
  readonly ref?: string;
}

/** The repository that all images and tags of the plan are published to. */
export interface Destination {
  /** `host[:port]/path` */
  readonly repository: string;
  readonly kind: 'ecr' | 'oci';
  /** AWS region that is passed to scripts; set even if the repository has none. */
  readonly region: string;
}

/** The images that one platform builds, in this order: an image comes after its base. */
export interface PlannedJob {
  readonly platform: Platform;
  readonly steps: readonly PlannedStep[];
}

/** One image built on one platform. Steps run in this order: an image comes after its base. */
export interface PlannedStep {
  readonly image: string;
  /** The image of an earlier step that is the base of this one, by digest. */
  readonly from?: { readonly image: string; readonly argument: string };
  /** `independent`: its programs need not be of the job's platform. Absent in plans of older releases. */
  readonly architecture?: 'independent';
  readonly build: ScriptBuild | DockerfileBuild;
  /** Commands that must succeed in the fresh image, each a list of words. */
  readonly verify: readonly (readonly string[])[];
}

/** An image that a script of the repository builds and pushes under the staging tag. */
export interface ScriptBuild {
  readonly kind: 'script';
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Ids of the build secrets whose files the script may read. @default none */
  readonly secrets?: readonly string[];
  /** Whether its `docker build` uses and writes the layer cache. @default true */
  readonly cache?: boolean;
}

/** An image that the builder builds from a Dockerfile. */
export interface DockerfileBuild {
  readonly kind: 'dockerfile';
  /** Path in the repository, or the text itself. */
  readonly dockerfile: { readonly path: string } | { readonly inline: string };
  readonly context: string;
  readonly target?: string;
  readonly arguments: Readonly<Record<string, string>>;
  /**
   * Stages that do not depend on the commit, by the build argument that passes each one's image: built once a month, and
   * kept in the destination. @default none
   */
  readonly once?: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly cache: boolean;
}

/** A tag that consumers pull: an index if the image is built on several platforms, otherwise the image itself. */
export interface PlannedTag {
  readonly tag: string;
  readonly image: string;
  readonly platforms: readonly Platform[];
  /** An index over `platforms`, or the manifest of the one platform. */
  readonly kind: 'index' | 'image';
  /** Whether later builds are meant to move it (`latest`, a branch). */
  readonly moving: boolean;
}

/** @throws RangeError when the plan does not build the platform, which is a fault of the program */
export function plannedJob(plan: Plan, platform: Platform): PlannedJob {
  const job = plan.jobs.find((candidate) => candidate.platform === platform);
  if (job === undefined) throw new RangeError(`the plan has no job for ${platform}`);
  return job;
}

/** Ids of the build secrets that these jobs need, each once. */
export function buildSecretsOf(jobs: readonly PlannedJob[]): readonly string[] {
  const builds = jobs.flatMap(({ steps }) => steps.map(({ build }) => build));
  return [...new Set(builds.flatMap(({ secrets = [] }) => secrets))];
}

/** Name of the variable with the path of a build secret's file: `npm-token` -> `TWINHULL_SECRET_NPM_TOKEN`. */
export function secretVariable(id: string): string {
  return `TWINHULL_SECRET_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** Tag that a job pushes; `jobKey` is the backend's own id of that attempt, so no other job overwrites it. */
export function stagingTag(image: string, platform: Platform, jobKey: string): string {
  return `staging-${image}-${platformSuffix(platform)}-${jobKey}`;
}
