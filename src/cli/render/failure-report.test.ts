import { expect, it } from 'vitest';
import { failedBuild } from '../../../test/helpers/shown-builds.ts';
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
