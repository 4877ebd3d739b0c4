import { expect, it } from 'vitest';
import type { BuilderStage } from '../domain/phase.ts';
import { hintFromLog, isEngineRace, knownMessages } from './failure-hints.ts';

type Case = readonly [stage: BuilderStage | undefined, line: string];

interface Cases {
  /** Lines of docker, git or a runtime that get the hint. */
  readonly provoking: readonly Case[];
  /** Lines with the same words, but from another source or stage. */
  readonly lookalikes: readonly Case[];
}

const image = 'docker.io/library/debian:12';

const cases: Record<keyof typeof knownMessages, Cases> = {
  foreignProgram: {
    provoking: [
      ['build', '#7 0.091 exec /bin/sh: exec format error'],
      ['build', '0.091 exec /bin/sh: exec format error'],
      ['verify', 'exec /usr/bin/app: exec format error'],
      ['verify', 'standard_init_linux.go:228: exec user process caused: exec format error'],
      [undefined, 'exec /usr/bin/sh: exec format error\r'],
    ],
    lookalikes: [
      ['build', '#7 0.091 /bin/sh: 1: ./tool: Exec format error'],
      ['build', '#7 0.091 test_loader FAILED: exec format error'],
      ['build', '#7 ERROR: process "/bin/sh -c echo exec format error" did not complete successfully: exit code: 1'],
    ],
  },
  foreignContainer: {
    provoking: [
      [
        'verify',
        'docker: Error response from daemon: failed to create task: exec: "/app": exec format error: unknown.',
      ],
    ],
    lookalikes: [
      ['verify', 'Error: failed to start: exec format error'],
      ['push', 'Error response from daemon: exec format error'],
    ],
  },
  fullEngineDisk: {
    provoking: [
      ['build', `ERROR: failed to solve: failed to extract layer: write /var/lib/x: no space left on device`],
      ['build', `ERROR: failed to build: failed to solve: write /var/lib/x: no space left on device`],
      ['build', '#9 ERROR: failed to copy files: write /app/model: no space left on device'],
      ['build', 'failed to register layer: Error processing tar file(exit status 1): no space left on device'],
      ['verify', 'docker: Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device.'],
      ['push', 'write /var/cache/blob: no space left on device'],
    ],
    lookalikes: [
      ['build', '#7 0.130 test_write ... FAILED: expected: No space left on device'],
      ['build', 'test_write ... FAILED: no space left on device'],
      ['build', 'ERROR: test_write: no space left on device'],
      [
        'build',
        '#7 ERROR: process "/bin/sh -c echo no space left on device" did not complete successfully: exit code: 1',
      ],
      ['build', '#7 ERROR: executor failed running [/bin/sh -c echo no space left on device'],
      ['build', 'ERROR: failed to solve: "/no space left on device": not found'],
      ['verify', 'write failed: no space left on device'],
    ],
  },
  fullCheckoutDisk: {
    provoking: [
      ['clone', 'fatal: write error: No space left on device'],
      ['checkout', 'error: unable to write file model.bin: No space left on device'],
    ],
    lookalikes: [
      ['clone', 'remote: No space left on device'],
      ['checkout', 'error: unable to create file No space left on device: Permission denied'],
    ],
  },
  shallowCheckout: {
    provoking: [
      ['build', 'fatal: No names found, cannot describe anything.'],
      ['build', '#9 0.130 fatal: No names found, cannot describe anything.'],
      ['build', `fatal: No tags can describe '${'a'.repeat(40)}'.`],
      ['build', `0.130 fatal: No annotated tags can describe '${'a'.repeat(40)}'.`],
    ],
    lookalikes: [
      ['build', 'test_describe FAILED: fatal: No names found, cannot describe anything.'],
      ['build', '#9 ERROR: executor failed running [/bin/sh -c echo fatal: No names found, cannot describe anything.'],
      ['checkout', 'fatal: No names found, cannot describe anything.'],
    ],
  },
  limitedPulls: {
    provoking: [
      ['build', 'Error response from daemon: toomanyrequests: You have reached your pull rate limit.'],
      ['build', `#3 ERROR: unexpected status from HEAD request to https://registry-1/v2/x: 429 Too Many Requests`],
      [
        'build',
        `ERROR: failed to solve: ${image}: failed to copy: 429 Too Many Requests - Server message: toomanyrequests: x`,
      ],
      ['verify', 'docker: Error response from daemon: toomanyrequests: rate exceeded'],
    ],
    lookalikes: [
      ['build', '#7 0.130 test_rate_limit ... FAILED: expected rate limit 10'],
      ['build', 'test_client: You have reached your pull rate limit ... FAILED'],
      ['build', '#7 1.130 curl: (22) The requested URL returned error: 429 Too Many Requests'],
      [
        'build',
        'ERROR: failed to solve: process "/bin/sh -c echo \\"429 Too Many Requests\\"" did not complete successfully: exit code: 1',
      ],
      ['push', 'toomanyrequests: Rate exceeded'],
      ['clone', 'fatal: unable to access: The requested URL returned error: 429 Too Many Requests'],
    ],
  },
  limitedGit: {
    provoking: [
      ['clone', 'remote: You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'],
      ['clone', "fatal: unable to access 'https://h/r/': The requested URL returned error: 429"],
    ],
    lookalikes: [
      ['clone', "fatal: unable to access 'https://h/r/': The requested URL returned error: 403"],
      ['checkout', "fatal: clone into submodule path 'rate limit' failed"],
      ['build', 'remote: You have exceeded a secondary rate limit.'],
    ],
  },
  privateBase: {
    provoking: [
      ['build', 'ERROR: failed to solve: failed to resolve: failed with status code [manifests 1]: 401 Unauthorized'],
      ['build', 'Error response from daemon: pull access denied for acme/base, repository does not exist'],
      [
        'build',
        'ERROR: failed to solve: acme/base: pull access denied, repository does not exist or may require authorization',
      ],
      [
        'build',
        'ERROR: failed to solve: failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
      ],
    ],
    lookalikes: [
      ['build', '#7 0.2 npm error 401: no basic auth credentials'],
      ['push', 'no basic auth credentials'],
    ],
  },
  sshAgent: {
    provoking: [
      ['build', '#6 ERROR: no SSH key "default" forwarded from the client'],
      ['build', 'ERROR: failed to build: failed to solve: no SSH key "default" forwarded from the client'],
    ],
    lookalikes: [
      ['build', '#6 0.2 no SSH key "default" forwarded from the client'],
      [
        'push',
        '#6 ERROR: process "/bin/sh -c echo no SSH key \\"default\\" forwarded from the client" did not complete',
      ],
    ],
  },
  untrustedRegistry: {
    provoking: [
      [
        'build',
        'ERROR: failed to solve: failed to do request: Head "https://r/": x509: certificate signed by unknown authority',
      ],
      ['login', 'Get "https://r/v2/": x509: certificate signed by unknown authority'],
      ['push', 'Get "https://r/v2/": x509: certificate signed by unknown authority'],
    ],
    lookalikes: [
      ['build', '#7 1.2 go: proxy.golang.org: x509: certificate signed by unknown authority'],
      ['clone', 'x509: certificate signed by unknown authority'],
    ],
  },
};

const all = (kind: keyof Cases) =>
  Object.entries(cases).flatMap(([name, of]) => of[kind].map(([stage, line]) => ({ name, stage, line })));

it.each(all('provoking'))('$name: matches "$line" in $stage', ({ name, stage, line }) => {
  expect(hintFromLog(['first', line, 'last'], stage)).toBe(knownMessages[name as keyof typeof knownMessages].hint);
});

it.each(all('lookalikes'))('$name: does not match "$line" in $stage', ({ stage, line }) => {
  expect(hintFromLog(['first', line, 'last'], stage)).toBeUndefined();
});

it('recognizes a lost image in messages of docker only', () => {
  const race =
    'failed to get digest sha256:2f3d: open /var/lib/docker/image/overlay2/imagedb/content/sha256/2f3d: no such file or directory';
  expect([race, `#8 ERROR: ${race}`, `ERROR: failed to solve: ${race}`].map((line) => isEngineRace([line]))).toEqual([
    true,
    true,
    true,
  ]);
  expect(isEngineRace([`#8 0.1 ${race}`, `a test printed: ${race}`])).toBe(false);
});
