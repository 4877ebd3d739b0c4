import type { BuilderStage } from '../domain/phase.ts';
import { namesCommand } from './logs/failed-command.ts';

/** A message of docker, git or a container runtime that does not reveal its own remedy. */
interface KnownMessage {
  /** Undefined for any stage, also an unknown one. */
  readonly stages?: readonly BuilderStage[];
  /** Whether the tool itself printed the line, and not a program of the repository that prints the same words. */
  readonly isOwn: (line: string, stage: BuilderStage | undefined) => boolean;
  readonly pattern: RegExp;
  readonly hint: string;
}

/**
 * How docker begins a line that reports an error. Output of programs in a build has a step number and a time before it;
 * in a script it has no prefix.
 */
const dockerError =
  /^#\d+ ERROR: |^\s*(?:ERROR: |error: )?(?:docker: )?(?:failed to (?:build|solve|resolve|register layer|copy|do request)\b|Error response from daemon: |pull access denied |toomanyrequests: |write \/var\/lib\/(?:docker|containerd)\/)/;

/** Stages that run only docker. */
const dockerAlone: ReadonlySet<BuilderStage | undefined> = new Set(['engine', 'login', 'push']);

/** Docker's line for a failed command quotes that command, which may contain any words. */
function isOfDocker(line: string, stage: BuilderStage | undefined): boolean {
  return dockerAlone.has(stage) || (dockerError.test(line) && !namesCommand(line));
}

/** Git prefixes what the server sends with `remote:`. */
function isOfGit(line: string): boolean {
  return /^(?:fatal|error|warning|remote): /.test(line);
}

/** The container runtime's own line; in a build it follows the step number and a time. */
const runtimeError = /^(?:#\d+ )?(?:\d+\.\d+ )?(?:exec \S+: |standard_init_linux\.go:\d+: |exec user process )/;

/** The messages that have a hint, in the order in which they are tried: the first match counts. */
export const knownMessages = {
  foreignProgram: {
    isOwn: (line) => runtimeError.test(line),
    pattern: /exec format error$/,
    hint: 'the machine cannot run programs of this platform: enable emulation (see `twinhull doctor`)',
  },
  foreignContainer: {
    stages: ['build', 'verify'],
    isOwn: isOfDocker,
    pattern: /exec format error(?:: unknown)?\.?$/,
    hint: 'the machine cannot run programs of this platform: enable emulation (see `twinhull doctor`)',
  },
  fullEngineDisk: {
    stages: ['build', 'verify', 'push'],
    isOwn: isOfDocker,
    pattern: /no space left on device(?:: unknown)?\.?$/,
    hint: 'the disk of the engine or registry is full: free some space, then `twinhull retry`',
  },
  fullCheckoutDisk: {
    stages: ['clone', 'checkout'],
    isOwn: (line) => isOfGit(line) && !line.startsWith('remote: '),
    pattern: /no space left on device$/i,
    hint: 'the disk of the engine is full: free some space, then `twinhull retry`',
  },
  limitedPulls: {
    stages: ['build', 'verify'],
    isOwn: isOfDocker,
    pattern: /toomanyrequests: |429 Too Many Requests|reached your (?:unauthenticated )?pull rate limit/,
    hint: 'a registry limits pulls: give a login for it (TWINHULL_BASE_REGISTRIES), use a mirror, or copy the base; then run `twinhull retry`',
  },
  limitedGit: {
    stages: ['clone', 'checkout'],
    isOwn: isOfGit,
    pattern: /error: 429$|^remote: .*(?:\brate limit\b|too many requests|abuse detection)/i,
    hint: 'the git server limits requests: wait, then `twinhull retry`; a token may have a higher limit',
  },
  shallowCheckout: {
    stages: ['build'],
    isOwn: (line) => /^(?:#\d+ )?(?:\d+\.\d+ )?fatal: /.test(line),
    pattern:
      /fatal: No names found, cannot describe anything\.$|fatal: No (?:annotated )?tags can describe '[0-9a-f]{40}'\.$/,
    hint: 'give the checkout tags and history: write `checkout: { tags: true }` in the recipe; if it is there, push a tag of this commit or an earlier one',
  },
  privateBase: {
    stages: ['build'],
    isOwn: isOfDocker,
    pattern:
      /failed with status code \[manifests [^\]]*\]: 40[13]|pull access denied[, ]|no basic auth credentials|failed to authorize: .*\b40[13]\b/,
    hint: 'name the registry in TWINHULL_BASE_REGISTRIES so that jobs get a login for it, or copy the base image (docs/recipes.md)',
  },
  sshAgent: {
    stages: ['build'],
    isOwn: isOfDocker,
    pattern: /no SSH key "[^"]*" forwarded from the client$/,
    hint: 'builds have no ssh agent: give the key or token as a secret, RUN --mount=type=secret (docs/recipes.md)',
  },
  untrustedRegistry: {
    stages: ['login', 'build', 'verify', 'push'],
    isOwn: isOfDocker,
    pattern: /x509: certificate signed by unknown authority/,
    hint: "the engine does not trust the registry's certificate: add its CA under /etc/docker/certs.d",
  },
} as const satisfies Record<string, KnownMessage>;

/**
 * The hint for what docker, git or a runtime printed in the stage that failed.
 * @param lines of that stage alone
 */
export function hintFromLog(lines: readonly string[], stage: BuilderStage | undefined): string | undefined {
  const known: readonly KnownMessage[] = Object.values(knownMessages);
  return known.find(
    ({ stages, isOwn, pattern }) =>
      (stages === undefined || (stage !== undefined && stages.includes(stage))) &&
      lines.some((line) => pattern.test(line.trimEnd()) && isOwn(line, stage)),
  )?.hint;
}

/**
 * Whether the engine removed an image for one build while creating the same image, byte for byte, for another: neither
 * build is at fault.
 */
export function isEngineRace(lines: readonly string[]): boolean {
  return lines.some((line) => engineRace.test(line));
}

const engineRace =
  /^(?:#\d+ )?(?:ERROR: |error: |Error response from daemon: )?(?:failed to \S+: )*failed to get digest sha256:\S+ open \S+\/imagedb\/\S+ no such file or directory/;
