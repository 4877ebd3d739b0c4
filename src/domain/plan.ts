import { type Platform, platformSuffix } from './platform.ts';

/**
 * A recipe worked out for one commit of one repository: every job, step and tag. A value without side effects;
 * it is stored with the build and is what a retry uses.
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

export interface PlannedRecipe {
  readonly name: string;
  /** Set where the recipe came from a preset: part of what makes two builds the same. */
  readonly preset?: { readonly name: string; readonly version: number };
}

export interface PlannedSource {
  /** Canonical clone URL: `https://host[:port]/path.git` without credentials. */
  readonly repository: string;
  /** 40 hexadecimal digits, lower case. */
  readonly commit: string;
  /** A branch that holds the commit, when the user named one: a help for servers that refuse a fetch by SHA. */
  readonly branch?: string;
  readonly submodules: boolean;
}

export interface Destination {
  /** `host[:port]/path` */
  readonly repository: string;
  readonly kind: 'ecr' | 'oci';
  /** AWS region that scripts are told; also where the repository has none. */
  readonly region: string;
}

export interface PlannedJob {
  readonly platform: Platform;
  readonly steps: readonly PlannedStep[];
}

/** One image built on one platform. Steps run in this order: an image comes after the one it stands on. */
export interface PlannedStep {
  readonly image: string;
  /** The image of an earlier step that this one stands on, by digest. */
  readonly from?: { readonly image: string; readonly argument: string };
  readonly build: ScriptBuild | DockerfileBuild;
  /** Commands that must succeed in the fresh image, each a list of words. */
  readonly verify: readonly (readonly string[])[];
}

export interface ScriptBuild {
  readonly kind: 'script';
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface DockerfileBuild {
  readonly kind: 'dockerfile';
  /** Path in the repository, or the text itself. */
  readonly dockerfile: { readonly path: string } | { readonly inline: string };
  readonly context: string;
  readonly target?: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly cache: boolean;
}

/** A tag that consumers pull. An index where the image is built on several platforms, else the image itself. */
export interface PlannedTag {
  readonly tag: string;
  readonly image: string;
  readonly platforms: readonly Platform[];
  /** An index over `platforms`, or the manifest of the one platform. */
  readonly kind: 'index' | 'image';
  /** Whether a later build is meant to move it (`latest`, a branch). */
  readonly moving: boolean;
}

export function plannedJob(plan: Plan, platform: Platform): PlannedJob {
  const job = plan.jobs.find((candidate) => candidate.platform === platform);
  if (job === undefined) throw new RangeError(`the plan has no job for ${platform}`);
  return job;
}

/** Ids of the build secrets that these jobs need, each once. */
export function buildSecretsOf(jobs: readonly PlannedJob[]): readonly string[] {
  const builds = jobs.flatMap(({ steps }) => steps.map(({ build }) => build));
  return [...new Set(builds.flatMap((build) => (build.kind === 'dockerfile' ? build.secrets : [])))];
}

/** Tag that a job pushes; `jobKey` is the backend's own id of that attempt, so nobody else can overwrite it. */
export function stagingTag(image: string, platform: Platform, jobKey: string): string {
  return `staging-${image}-${platformSuffix(platform)}-${jobKey}`;
}
