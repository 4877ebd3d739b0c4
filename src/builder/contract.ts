import type { CacheUse } from '../domain/cache-use.ts';
import type { CommitLabels } from '../domain/commit.ts';
import type { ProgramFinding } from '../domain/image-content.ts';
import type { FailureReason, Phase } from '../domain/phase.ts';

/**
 * The job contract: what goes into a builder container (environment and files), and what comes out
 * (exit code and phase marks). The builder (folder `script`) implements it; both must change together.
 *
 * Environment. Values are data: the builder reads each with `printenv`, never with `eval`.
 * `jobEnvironment` (job-environment.ts) makes it from a plan. Every count is set, `0` for none, and at most 50;
 * a flag is `1` or absent; an optional value is absent, never empty. Elements of lists may be empty, contain newlines,
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
 * | `TWINHULL_BRANCH` | optional: a branch that contains the commit, for servers that refuse a fetch by SHA |
 * | `TWINHULL_REF` | optional, instead of it: the full name of another reference (`refs/...`) with the commit |
 * | `TWINHULL_SUBMODULES` | `1` to check out submodules, recursively; `0` to accept empty ones; absent to fail if a step uses one |
 * | `TWINHULL_LFS` | `1` to fetch files in Git LFS; `0` to accept pointer files; absent to fail if a step uses one |
 * | `TWINHULL_DEPTH` | optional: how many commits of the history, or `full` (default `1`) |
 * | `TWINHULL_TAGS` | `1` to fetch tags |
 * | `TWINHULL_GIT_SECRET_ID`, `TWINHULL_GIT_SECRET_KEY` | AWS: Secrets Manager id, and the key of the token when the secret is a JSON object (default `token`) |
 * | `TWINHULL_GIT_SECRET_HOST` | AWS: `host[:port][/path]` that this token is for. The JSON object may name its `host` too: each of them must cover the repository, and at least one must be present |
 * | `TWINHULL_GIT_USERNAME` | AWS, optional: user name for the token; `username` of the JSON object takes precedence |
 * | `TWINHULL_REGISTRY_HOST`, `TWINHULL_REGISTRY_PATH` | `host[:port]` and repository path |
 * | `TWINHULL_REGISTRY_KIND` | `ecr` or `oci` |
 * | `TWINHULL_SHARED_FOLDER` | optional, set by the Docker backend or a job definition: a folder mounted at the same path as on the engine's host; the checkout goes into `{job key}` below it (mode 0700) |
 * | `TWINHULL_LOGIN_COUNT`, `_LOGIN_{i}` | optional: `host[:port]` of registries of base images. Their logins are the files `logins/{i}`; on AWS `_LOGIN_{i}_ID` is a secret, JSON with `username` and `password`, and for a host of ECR the role of the job logs in |
 * | `TWINHULL_DEDICATED_HOST` | optional, set by a job definition: `1` if the engine's host runs nothing but builds, so that a job may remove all images that no container uses |
 * | `TWINHULL_REGION` | AWS region passed to scripts |
 * | `TWINHULL_STEP_COUNT` | number of steps; steps count from 1 |
 * | `TWINHULL_STEP_{n}_IMAGE` | name of the image |
 * | `TWINHULL_STEP_{n}_KIND` | `script` or `dockerfile` |
 * | `TWINHULL_STEP_{n}_FROM`, `_FROM_ARG` | earlier image that is its base, and the build argument (for a script: variable) that passes `repository@digest` |
 * | `TWINHULL_STEP_{n}_INDEPENDENT` | `1` if the image's programs need not be of the job's platform |
 * | `TWINHULL_STEP_{n}_SCRIPT` | script: path in the repository, run by bash |
 * | `TWINHULL_STEP_{n}_ARG_COUNT`, `_ARG_{i}` | script: arguments; `{tag}`, `{repository}`, `{region}`, `{commit}`, `{registry}` as whole arguments are replaced by staging tag, repository path, region, commit, registry host |
 * | `TWINHULL_STEP_{n}_ENV_COUNT`, `_ENV_{i}` | script: `NAME=value`, set for the script alone; values are filled in like arguments |
 * | `TWINHULL_STEP_{n}_DOCKERFILE` | dockerfile: path in the repository |
 * | `TWINHULL_STEP_{n}_DOCKERFILE_INLINE` | dockerfile: its text, if it is not a file of the repository |
 * | `TWINHULL_STEP_{n}_CONTEXT`, `_TARGET` | dockerfile: context folder (default `.`), target stage (optional) |
 * | `TWINHULL_STEP_{n}_BUILD_ARG_COUNT`, `_BUILD_ARG_{i}` | dockerfile: `NAME=value` |
 * | `TWINHULL_STEP_{n}_ONCE_COUNT`, `_ONCE_{i}` | dockerfile, optional: `ARGUMENT=STAGE`, a stage that no commit changes, and the build argument that passes its image as `repository@digest`. Earlier builders ignore it: the argument then keeps its default |
 * | `TWINHULL_STEP_{n}_ONCE_MONTH` | dockerfile, optional: `YYYYMM`, the month whose images of these stages are used (default: now) |
 * | `TWINHULL_STEP_{n}_SECRET_COUNT`, `_SECRET_{i}` | dockerfile: ids for `--secret`; script: ids of files whose paths are in `TWINHULL_SECRET_{ID}`; `_SECRET_{i}_ID` is the Secrets Manager id in AWS |
 * | `TWINHULL_STEP_{n}_CACHE` | dockerfile: `1` to use and write the registry layer cache at tag `cache-{image}-{suffix}`; script: `0` not to, `1` by default |
 * | `TWINHULL_STEP_{n}_VERIFY_COUNT`, `_VERIFY_{i}_COUNT`, `_VERIFY_{i}_{j}` | commands to run in the fresh image, one variable per word |
 *
 * Files (Docker backend only): `git-token`, `registry-credentials` (user name, newline, password), `logins/{i}`
 * likewise, `secrets/{id}`, moved to `/dev/shm/twinhull` at once; and plain files `job-key`, `git-audience`
 * (`host[:port][/path]` that `git-token` is for, newline, user name), `ca.pem` (a private CA for git), `builder.sh`.
 * They reach the container through its standard input: `receive.sh` reads them into a folder in memory, then becomes
 * the builder.
 *
 * The engine's socket is at `builderSocket`.
 *
 * The job key is the file `job-key`, or `{AWS_BATCH_JOB_ID}-{AWS_BATCH_JOB_ATTEMPT or 1}`.
 *
 * This is the version of what goes in. Builder scripts of AWS job definitions may be older than the orchestrator.
 */
export const contractVersion = 1;

/** Label of builder images of ours: the contract version that their tools are for. */
export const builderContractLabel = 'dev.twinhull.contract';

/**
 * The version of what comes out, in the `hello` mark. A builder of version 1 reports no digests: its images are
 * resolved by their staging tags. From version 2 on, a job that exited with 0 has a `pushed` mark for each of its
 * images.
 */
export const reportVersion = 2;

/** Folder of the files that a builder container receives. */
export const builderFolder = '/run/twinhull';

/**
 * Where the engine's socket is mounted. Not below `/var/run`, which is a link in most images: engine 28.5.2 refuses
 * to copy files into a container with such a mount.
 */
export const builderSocket = '/run/docker.sock';

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
 * A phase mark: a line of the log that the builder printed, not the repository's code. Its format is
 *
 *     ##twinhull {nonce} {uptime} {verb} {words...}
 *
 * where `nonce` is 32 hexadecimal digits, random for each job and shown by its very first line, before any of the
 * repository's code ran; `uptime` is the host's, in seconds with two decimals. Verbs:
 *
 * - `hello {report version} {Unix time in seconds} {job key}`, the first line
 * - `begin {phase} {image or -}` and `end {phase} {image or -} {exit code}`
 * - `fail {phase} {image or -} {reason} {exit code} {text...}`: at most once, `exit code` is the failed command's own
 * - `note {text...}`
 * - `commit {subject} {author}`: the commit's own, each in base64, its first bytes alone, or `-`. The first one counts, and
 *   only in the phase checkout, before any of the repository's code runs. Builders of earlier releases print none
 * - `pushed {image} {digest}`: for each image, once all of the repository's processes in the container were killed. Of
 *   several marks for an image the last one counts: code that learnt the nonce cannot print after the builder's own
 * - `base {image} {reference} {digest or -}`: after those, each image that it was built from, as the engine resolved
 *   it; `-` for one that exists only on the engine. Builders of earlier releases print none
 * - `programs {image} {none|some|unknown}`: after those, what the check of the image's files found: no program in all of
 *   them, at least one, or none in the part that it read. Absent for an image that is declared independent of its
 *   platform. Builders of earlier releases print none
 * - `cache {image} {used, absent or broken} {cached steps} {steps}`: after the phase build of an image that uses a layer
 *   cache, how many of its steps BuildKit did not run. Repository code may have changed it. Builders of earlier releases
 *   print none
 * - `again {text...}`: not printed by the builder. A backend that restarts a job by itself puts it between the logs of
 *   two runs, with the nonce of the previous run: the next `hello` then counts. The text is the reason
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
  | ({ readonly verb: 'commit'; readonly uptime: number } & CommitLabels)
  | { readonly verb: 'pushed'; readonly uptime: number; readonly image: string; readonly digest: string }
  | {
      readonly verb: 'base';
      readonly uptime: number;
      readonly image: string;
      readonly reference: string;
      readonly digest: string | undefined;
    }
  | {
      readonly verb: 'programs';
      readonly uptime: number;
      readonly image: string;
      readonly finding: ProgramFinding;
    }
  | ({ readonly verb: 'cache'; readonly uptime: number; readonly image: string } & CacheUse)
  /** `again`: the job runs once more, and the text is why the previous run ended. */
  | { readonly verb: 'note' | 'again'; readonly uptime: number; readonly text: string };

/** Beginning of every line of a log that may be a phase mark; only one with the job's nonce is. */
export const markPrefix = '##twinhull ';
