/** The phases of a job, in the order in which they begin. `build`, `verify` and `push` occur once for each image. */
export const phases = [
  'tools',
  'engine',
  'secret',
  'clone',
  'checkout',
  'login',
  'build',
  'verify',
  'push',
  'cleanup',
] as const;

/** A part of a job that its log marks with begin and end. */
export type Phase = (typeof phases)[number];

/**
 * What can fail in a job: its phases, and before them the download of the builder script and the check of the contract.
 */
export type BuilderStage = Phase | 'bootstrap' | 'contract';

/** The builder's exit codes: one per phase, distinct from those of shells (126, 127, 128 + signal) and docker (125). */
export const exitCodes = {
  bootstrap: 39,
  contract: 40,
  tools: 41,
  engine: 42,
  secret: 43,
  clone: 44,
  checkout: 45,
  login: 46,
  build: 47,
  verify: 48,
  push: 49,
  cleanup: 50,
} as const satisfies Record<BuilderStage, number>;

/** Exit code of a job after TERM. */
export const terminatedExitCode = 143;

/** The stage whose failure a job's exit code reports; undefined for codes that the builder does not use. */
export function phaseOfExitCode(exitCode: number): BuilderStage | undefined {
  const found = Object.entries(exitCodes).find(([, code]) => code === exitCode);
  return found?.[0] as BuilderStage | undefined;
}

/** Why a phase failed, if the builder knows. `retry` marks reasons that are not the build's own fault and may pass. */
export const failureReasons = {
  'contract-invalid': { retry: false, hint: 'the orchestrator and the builder script are of different versions' },
  'tool-missing': {
    retry: true,
    hint: 'use a builder image that has docker, git and bash, or give it access to a package mirror',
  },
  'engine-unreachable': {
    retry: true,
    hint: 'check that the engine runs, and that its socket is mounted at /run/docker.sock',
  },
  'engine-version': {
    retry: false,
    hint: 'set TWINHULL_BUILDER_IMAGE to an image whose docker client supports the engine, or update the engine',
  },
  'engine-platform': {
    retry: false,
    hint: 'run this job on a machine of its platform, or allow emulation (twinhull doctor)',
  },
  'no-buildkit': {
    retry: false,
    hint: 'use a docker client with BuildKit: 20.10 to 22, or a later one with the buildx plugin',
  },
  'secret-unreadable': { retry: false, hint: 'check the secret id and the role that may read it' },
  'token-unbound': {
    retry: false,
    hint: 'set TWINHULL_GIT_HOST to the git host that the token is for, or store the secret as {"host": ..., "token": ...}',
  },
  'token-rejected': {
    retry: false,
    hint: 'give a token that can read this repository, for its host (TWINHULL_GIT_HOST) and with the user name that the host expects (TWINHULL_GIT_USERNAME)',
  },
  'git-unreachable': { retry: true, hint: 'check the address, proxy and certificate of the git server' },
  'commit-not-found': { retry: false, hint: 'push the commit to the repository first' },
  'not-a-commit': {
    retry: false,
    hint: 'name a commit, or a branch or tag of one, in a repository with SHA-1 object names',
  },
  'checkout-failed': {
    retry: false,
    hint: 'read git’s message in the last log lines, and check the free disk space of the builder',
  },
  'submodule-failed': {
    retry: false,
    hint: 'give the token access to the submodule; a submodule on another host gets no token and must be public',
  },
  'submodule-empty': {
    retry: false,
    hint: 'write `checkout: { submodules: true }` in the recipe, or `submodules: false` where the image needs none of them',
  },
  'lfs-failed': {
    retry: false,
    hint: 'read the output of git lfs; the token is sent only to the host of the repository',
  },
  'lfs-pointer': {
    retry: false,
    hint: 'write `checkout: { lfs: true }` in the recipe, or `lfs: false` where the image needs none of them',
  },
  'login-refused': { retry: false, hint: 'check the registry credentials' },
  'script-missing': { retry: false, hint: 'the recipe names a file that this commit does not have' },
  'step-failed': {
    retry: false,
    hint: 'fix the error in the last log lines, then build the new commit; if the cause was external, run `twinhull retry`',
  },
  'base-refused': {
    retry: false,
    hint: 'name the registry in TWINHULL_BASE_REGISTRIES so that jobs get a login for it, or copy the base image (docs/recipes.md)',
  },
  'base-limited': {
    retry: false,
    hint: 'give a login for this registry (TWINHULL_BASE_REGISTRIES), or use a mirror of it; then run `twinhull retry`',
  },
  'base-missing': { retry: false, hint: 'correct the name or tag of the base image, or push it first' },
  'base-unreachable': { retry: true, hint: 'check that the engine can reach the registry of the base image' },
  'wrong-platform': {
    retry: false,
    hint: 'use a base image for every platform, no constant --platform and no ARG with an architecture as default (TARGETARCH is set automatically); if its programs need not match, set `architecture: independent` on the image',
  },
  'base-unused': {
    retry: false,
    hint: 'begin the stage that is built with `FROM` and the argument that carries the base (ARG BASE_IMAGE before it), or remove `from` from the image',
  },
  'verify-failed': {
    retry: false,
    hint: 'the image fails a verify command of the recipe: read the command and its output',
  },
  'push-refused': {
    retry: false,
    hint: 'check that the credentials may push to this repository, and that the registry has free space',
  },
  'registry-unreachable': { retry: true, hint: 'check that the engine can reach the registry' },
  'phase-killed': {
    retry: true,
    hint: 'check whether the machine ran out of memory: the phase was killed from outside',
  },
  'image-changed': {
    retry: false,
    hint: 'find what else on the engine, or with the registry login, replaced the image; then run `twinhull retry`',
  },
  'not-pushed': {
    retry: false,
    hint: 'make the script push the tag that it is given: it succeeded without pushing it',
  },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

/** Why a phase failed, as the builder's `fail` mark reports it. */
export type FailureReason = keyof typeof failureReasons;
