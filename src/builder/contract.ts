import type { FailureReason, Phase } from '../domain/phase.ts';

/**
 * The job contract: what goes into a builder container (environment and files), and what comes out
 * (exit code and phase marks). `builder.sh` implements it; both must change together.
 *
 * Environment. Values are data: the builder reads each with `printenv`, never with `eval`.
 * `jobEnvironment` (job-environment.ts) makes it from a plan. Every count is set, `0` where there is nothing, and at most
 * 50; a flag is `1` or absent; an optional value is absent, never empty. Elements of lists may be empty, hold newlines,
 * or begin with a dash; the first word of a command and an inline Dockerfile are never empty.
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
 * | `TWINHULL_STEP_{n}_FROM`, `_FROM_ARG` | earlier image it stands on, and the build argument (of a script: variable) that carries `repository@digest` |
 * | `TWINHULL_STEP_{n}_SCRIPT` | script: path in the repository, run by bash |
 * | `TWINHULL_STEP_{n}_ARG_COUNT`, `_ARG_{i}` | script: arguments; `{tag}`, `{repository}`, `{region}`, `{commit}`, `{registry}` alone stand for staging tag, repository path, region, commit, registry host |
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

export {
  exitCodes,
  type FailureReason,
  failureReasons,
  type Phase,
  phaseOfExitCode,
  phases,
  terminatedExitCode,
} from '../domain/phase.ts';

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
 * - `again {text...}`: not of the builder. A backend that starts a job anew by itself puts it between the logs of two runs,
 *   with the nonce of the run before: the next `hello` then counts. The text says why
 */
export type PhaseMark =
  | {
      readonly verb: 'hello';
      readonly uptime: number;
      readonly contract: number;
      readonly time: number;
      readonly jobKey: string;
    }
  | { readonly verb: 'begin'; readonly uptime: number; readonly phase: Phase; readonly image: string | undefined }
  | {
      readonly verb: 'end';
      readonly uptime: number;
      readonly phase: Phase;
      readonly image: string | undefined;
      readonly exitCode: number;
    }
  | {
      readonly verb: 'fail';
      readonly uptime: number;
      readonly phase: Phase | 'contract';
      readonly image: string | undefined;
      readonly reason: FailureReason;
      readonly exitCode: number;
      readonly text: string;
    }
  /** `again` says that the job runs once more, and its text why the run before ended. */
  | { readonly verb: 'note' | 'again'; readonly uptime: number; readonly text: string };

export const markPrefix = '##twinhull ';
