import type { Failure } from '../../src/domain/failure.ts';

export const sampleFailure: Failure = {
  code: 'JobFailed',
  message: 'linux/arm64: the build of image "app" failed with exit code 7',
  hint: 'mend it',
  platform: 'linux/arm64',
  phase: 'build',
  image: 'app',
  exitCode: 7,
  infrastructure: false,
};
