/**
 * The job contract: what goes into a builder container (environment and files), and what comes out
 * (exit code and phase marks). `builder.sh` implements it; both must change together.
 *
 * Environment. Values are data: the builder reads each with `printenv`, never with `eval`.
 *
 * | variable | value |
 * | --- | --- |
 * | `TWINHULL_CONTRACT` | `1` |
 * | `TWINHULL_BUILD_ID` | id of the build |
 * | `TWINHULL_PLATFORM` | `linux/arm64` or `linux/amd64` |
 * | `TWINHULL_EMULATION` | `1` when the engine may run a foreign platform by emulation |
 * | `TWINHULL_GIT_URL` | `https://...`, without credentials |
 * | `TWINHULL_COMMIT` | 40 hexadecimal digits |
 * | `TWINHULL_BRANCH` | optional: a branch that holds the commit, for servers that refuse a fetch by SHA |
 * | `TWINHULL_SUBMODULES` | `1` to check out submodules, recursively |
 * | `TWINHULL_GIT_SECRET_ID`, `TWINHULL_GIT_SECRET_KEY` | AWS: Secrets Manager id, and the key when the secret is JSON |
 * | `TWINHULL_REGISTRY_HOST`, `TWINHULL_REGISTRY_PATH` | `host[:port]` and repository path |
 * | `TWINHULL_REGISTRY_KIND` | `ecr` or `oci` |
 * | `TWINHULL_REGION` | AWS region handed to scripts |
 * | `TWINHULL_STEP_COUNT` | number of steps; steps count from 1 |
 * | `TWINHULL_STEP_{n}_IMAGE` | name of the image |
 * | `TWINHULL_STEP_{n}_KIND` | `script` or `dockerfile` |
 * | `TWINHULL_STEP_{n}_FROM`, `_FROM_ARG` | earlier image it stands on, and the build argument that carries `repository@digest` |
 * | `TWINHULL_STEP_{n}_SCRIPT` | script: path in the repository, run by bash |
 * | `TWINHULL_STEP_{n}_ARG_COUNT`, `_ARG_{i}` | script: arguments; `{tag}`, `{repository}`, `{region}`, `{commit}`, `{registry}` alone stand for their values |
 * | `TWINHULL_STEP_{n}_ENV_COUNT`, `_ENV_{i}` | script: `NAME=value`, set for the script alone |
 * | `TWINHULL_STEP_{n}_DOCKERFILE` | dockerfile: path in the repository |
 * | `TWINHULL_STEP_{n}_DOCKERFILE_INLINE` | dockerfile: its text, where it is no file of the repository |
 * | `TWINHULL_STEP_{n}_CONTEXT`, `_TARGET` | dockerfile: context folder (default `.`), target stage (optional) |
 * | `TWINHULL_STEP_{n}_BUILD_ARG_COUNT`, `_BUILD_ARG_{i}` | dockerfile: `NAME=value` |
 * | `TWINHULL_STEP_{n}_SECRET_COUNT`, `_SECRET_{i}` | dockerfile: ids for `--secret`; `_SECRET_{i}_ID` is the Secrets Manager id in AWS |
 * | `TWINHULL_STEP_{n}_CACHE` | dockerfile: `1` to use and write the registry layer cache at tag `cache-{image}-{suffix}` |
 * | `TWINHULL_STEP_{n}_VERIFY_COUNT`, `_VERIFY_{i}_COUNT`, `_VERIFY_{i}_{j}` | commands to run in the fresh image, one variable per word |
 *
 * Files, put into the container before it starts, moved to `/dev/shm` at once (Docker backend only):
 * `git-token`, `registry-credentials` (user name, newline, password), `secrets/{id}`; and plain files `job-key`,
 * `ca.pem` (a private CA for git), `builder.sh`.
 *
 * The job key is the file `job-key`, or `{AWS_BATCH_JOB_ID}-{AWS_BATCH_JOB_ATTEMPT or 1}`.
 */
export const contractVersion = 1;

/** Folder of the files that the orchestrator puts into a builder container. */
export const builderFolder = '/run/twinhull';

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

export type Phase = (typeof phases)[number];

/** The builder's exit codes: one per phase, apart from what shells (126, 127, 128 + signal) and docker (125) use. */
export const exitCodes = {
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
} as const satisfies Record<Phase | 'contract', number>;

/** What a job exits with after TERM. */
export const terminatedExitCode = 143;

export function phaseOfExitCode(exitCode: number): Phase | 'contract' | undefined {
  const found = Object.entries(exitCodes).find(([, code]) => code === exitCode);
  return found?.[0] as Phase | 'contract' | undefined;
}

/**
 * Why a phase failed, where the builder can tell. `retry` marks what is not the build's own fault and may go
 * away by itself.
 */
export const failureReasons = {
  'contract-invalid': { retry: false, hint: 'the orchestrator and the builder script are of different versions' },
  'tool-missing': { retry: true, hint: 'use a builder image that has docker, git and bash, or let it reach a package mirror' },
  'engine-unreachable': { retry: true, hint: 'is /var/run/docker.sock mounted, and does the engine run?' },
  'engine-platform': { retry: false, hint: 'run this job on a machine of its platform, or allow emulation (twinhull doctor)' },
  'no-buildkit': { retry: false, hint: 'use a docker client with BuildKit: 20.10 to 22, or a later one with the buildx plugin' },
  'secret-unreadable': { retry: false, hint: 'check the secret id and the role that may read it' },
  'token-rejected': { retry: false, hint: 'give a token that may read this repository' },
  'git-unreachable': { retry: true, hint: 'check the address, proxy and certificate of the git server' },
  'commit-not-found': { retry: false, hint: 'push the commit to the repository first' },
  'submodule-failed': { retry: false, hint: 'can the token read the submodule too?' },
  'login-refused': { retry: false, hint: 'check the registry credentials' },
  'script-missing': { retry: false, hint: 'the recipe names a file that this commit does not have' },
  'step-failed': { retry: false, hint: 'mend what the last log lines show, then build the new commit; if the cause was outside, `twinhull retry`' },
  'wrong-platform': { retry: false, hint: 'the image is of another architecture than its job: check the base image' },
  'verify-failed': { retry: false, hint: 'the image does not do what the recipe asks: see the command and its output' },
  'push-refused': { retry: false, hint: 'may these credentials push to this repository, and is there room?' },
  'registry-unreachable': { retry: true, hint: 'check that the engine can reach the registry' },
  'not-pushed': { retry: false, hint: 'the script ended well but did not push the tag that it was given' },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

export type FailureReason = keyof typeof failureReasons;

/**
 * A phase mark: a line of the log that the builder printed, not the repository's code. It reads
 *
 *     ##twinhull {nonce} {uptime} {verb} {words...}
 *
 * where `nonce` is 32 hexadecimal digits, made anew by each job and shown by its very first line, before any of the
 * repository's code ran; `uptime` is the host's, in seconds with two decimals. Verbs:
 *
 * - `hello {contract version} {Unix time in seconds} {job key}`, the first line
 * - `begin {phase} {image or -}` and `end {phase} {image or -} {exit code}`
 * - `fail {phase} {image or -} {reason} {exit code} {text...}`: at most once, `exit code` is the failed command's own
 * - `note {text...}`
 */
export type PhaseMark =
  | { readonly verb: 'hello'; readonly uptime: number; readonly contract: number; readonly time: number; readonly jobKey: string }
  | { readonly verb: 'begin'; readonly uptime: number; readonly phase: Phase; readonly image: string | undefined }
  | { readonly verb: 'end'; readonly uptime: number; readonly phase: Phase; readonly image: string | undefined; readonly exitCode: number }
  | {
      readonly verb: 'fail';
      readonly uptime: number;
      readonly phase: Phase | 'contract';
      readonly image: string | undefined;
      readonly reason: FailureReason;
      readonly exitCode: number;
      readonly text: string;
    }
  | { readonly verb: 'note'; readonly uptime: number; readonly text: string };

export const markPrefix = '##twinhull ';
