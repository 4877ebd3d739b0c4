import { expect, it } from 'vitest';
import { failedBuild, publishedBuild } from '../../../test/helpers/shown-builds.ts';
import { makeDisplay } from './display.ts';
import { failureReport } from './failure-report.ts';

it('names queue, platform, phase, exit code, reason and the last log lines of a job on AWS Batch', () => {
  const build = failedBuild();
  if (build.failure === undefined) throw new Error('the build did not fail');
  const failure = { ...build.failure, queue: 'vecoli-build-arm64', backendReason: 'OutOfMemoryError: killed' };
  const text = failureReport(build, failure, makeDisplay({ columns: 100 })).join('\n');
  for (const fact of [
    /platform +linux\/arm64/,
    /queue +vecoli-build-arm64/,
    /phase +build/,
    /exit code +2/,
    /reason +step-failed/,
    /backend +OutOfMemoryError: killed/,
    /make: \*\*\* \[sim\.o\] Error 1/,
  ])
    expect(text).toMatch(fact);
});

it('suggests no retry where both halves succeeded with the same layers, because it would be refused', () => {
  const failure = {
    code: 'VerifyFailed',
    reason: 'wrong-platform',
    message: 'image task has the same layers for linux/arm64 and linux/amd64, and these contain programs',
    hint: 'use a base image for every platform',
    image: 'task',
    infrastructure: false,
  } as const;
  const shown = (change: object): string => {
    const build = publishedBuild({ state: 'failed', failure, tags: [] });
    return failureReport(build, { ...failure, ...change }, makeDisplay({ columns: 100 })).join('\n');
  };
  expect(shown({})).toContain('use a base image for every platform');
  expect(shown({})).not.toContain('twinhull retry');
  expect(shown({ reason: undefined })).toMatch(/twinhull retry \w+ +publishes again without building/);
});
