/** Where a job on AWS Batch gets builder.sh from: an object in S3, or a file of the builder image. */
export type ScriptPlace = { readonly s3Url: string; readonly region: string } | { readonly path: string };

/** What a job definition on AWS Batch fixes about the builder script. */
export interface BootstrapOptions {
  readonly place: ScriptPlace;
  /** SHA-256 of the script, in hexadecimal. A job runs no other script. */
  readonly sha256: string;
  /** `contractVersion` of the script; `doctor` reads it from the job definition. */
  readonly contract: number;
}

/** Path of a script from S3 in the builder container. */
const downloaded = '/tmp/twinhull-builder.sh';

/**
 * The check is the last step before `exec`, so the builder is PID 1 and receives Batch's TERM. Exit codes are those of
 * `exitCodes`: 39 if the script could not be fetched, 40 if it is not the expected one.
 */
const verifyAndRun = `printf '%s  %s\\n' "$1" "$2" | sha256sum -c - >/dev/null 2>&1 || { echo "twinhull: $2 is not the builder script $1" >&2; exit 40; }
exec sh "$2"`;

const fetchFirst = `trap 'exit 143' TERM INT
fetch() {
command -v aws >/dev/null || apk add -q --no-cache aws-cli curl || return
aws s3 cp --only-show-errors --region "$3" "$1" "$2"
}
fetch "$3" "$2" "$4" &
wait $! || { echo "twinhull: cannot fetch the builder script $3" >&2; exit 39; }
trap - TERM INT
`;

/**
 * The command of the builder container on AWS Batch. It stays small because ECS allows a task 8,192 characters of
 * overrides, and Batch may pass the command of a job definition on as one.
 */
export function bootstrapCommand({ place, sha256, contract }: BootstrapOptions): readonly string[] {
  const name = `${marker}${String(contract)}`;
  if ('path' in place) return ['sh', '-c', verifyAndRun, name, sha256, place.path];
  return ['sh', '-c', fetchFirst + verifyAndRun, name, sha256, downloaded, place.s3Url, place.region];
}

const marker = 'twinhull-contract-';

/** What a bootstrap command runs; undefined for any other command. */
export function readBootstrap(command: readonly string[]): Pick<BootstrapOptions, 'sha256' | 'contract'> | undefined {
  const [shell, flag, , name = '', sha256 = ''] = command;
  if (shell !== 'sh' || flag !== '-c' || !name.startsWith(marker)) return undefined;
  return { sha256, contract: Number(name.slice(marker.length)) };
}
