/** The stretches of a job, in the order in which they begin. `build`, `verify` and `push` come once for each image. */
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
  'tool-missing': {
    retry: true,
    hint: 'use a builder image that has docker, git and bash, or let it reach a package mirror',
  },
  'engine-unreachable': { retry: true, hint: 'is /var/run/docker.sock mounted, and does the engine run?' },
  'engine-platform': {
    retry: false,
    hint: 'run this job on a machine of its platform, or allow emulation (twinhull doctor)',
  },
  'no-buildkit': {
    retry: false,
    hint: 'use a docker client with BuildKit: 20.10 to 22, or a later one with the buildx plugin',
  },
  'secret-unreadable': { retry: false, hint: 'check the secret id and the role that may read it' },
  'token-rejected': { retry: false, hint: 'give a token that may read this repository' },
  'git-unreachable': { retry: true, hint: 'check the address, proxy and certificate of the git server' },
  'commit-not-found': { retry: false, hint: 'push the commit to the repository first' },
  'checkout-failed': {
    retry: false,
    hint: 'see what git said in the last log lines; has the builder room on its disk?',
  },
  'submodule-failed': { retry: false, hint: 'can the token read the submodule too?' },
  'login-refused': { retry: false, hint: 'check the registry credentials' },
  'script-missing': { retry: false, hint: 'the recipe names a file that this commit does not have' },
  'step-failed': {
    retry: false,
    hint: 'mend what the last log lines show, then build the new commit; if the cause was outside, `twinhull retry`',
  },
  'wrong-platform': { retry: false, hint: 'the image is of another architecture than its job: check the base image' },
  'verify-failed': { retry: false, hint: 'the image does not do what the recipe asks: see the command and its output' },
  'push-refused': { retry: false, hint: 'may these credentials push to this repository, and is there room?' },
  'registry-unreachable': { retry: true, hint: 'check that the engine can reach the registry' },
  'phase-killed': { retry: true, hint: 'something ended the phase from outside: was the machine out of memory?' },
  'not-pushed': { retry: false, hint: 'the script ended well but did not push the tag that it was given' },
} as const satisfies Record<string, { retry: boolean; hint: string }>;

export type FailureReason = keyof typeof failureReasons;
