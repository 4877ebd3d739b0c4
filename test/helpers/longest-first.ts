import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, longest first: started last, one of them would keep a single worker busy at the end. */
const longest = [
  'test/e2e/crash-points.test.ts',
  'test/e2e/replica-kills.test.ts',
  'test/integration/builder-terminated.test.ts',
  'test/e2e/takeover.test.ts',
  'test/e2e/random-kills.test.ts',
  'test/e2e/serve-outages.test.ts',
  'test/e2e/serve-load.test.ts',
  'test/integration/builder-sweep.test.ts',
  'test/e2e/recipe-features.test.ts',
  'test/e2e/secret-token.test.ts',
  'test/e2e/cli-both-ways.test.ts',
];

/** vitest has no durations on a machine without earlier test runs. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
