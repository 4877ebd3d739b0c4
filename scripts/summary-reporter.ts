import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { SuiteReport } from './test-summary.ts';

/** Writes the summary of `npm test` to the file that TWINHULL_TEST_REPORT names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env['TWINHULL_TEST_REPORT'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(reportOf(modules, errors)));
  }
}

function reportOf(modules: readonly TestModule[], errors: readonly SerializedError[]): SuiteReport {
  const tests = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({
      name: `${module.relativeModuleId} > ${test.fullName}`,
      result: test.result(),
    })),
  );
  return {
    passed: tests.filter(({ result }) => result.state === 'passed').length,
    failures: [
      ...tests.flatMap(({ name, result }) => {
        if (result.state === 'failed') return [{ name, message: firstLine(result.errors[0]) }];
        return result.state === 'pending' ? [{ name, message: 'did not end' }] : [];
      }),
      ...modules.flatMap((module) =>
        [module, ...module.children.allSuites()].flatMap((part) =>
          part.errors().map((error) => ({
            name: [module.relativeModuleId, ...('fullName' in part ? [part.fullName] : [])].join(' > '),
            message: firstLine(error),
          })),
        ),
      ),
      ...errors.map((error) => ({ name: 'outside of tests', message: firstLine(error) })),
    ],
    skipped: tests.flatMap(({ name, result }) =>
      result.state === 'skipped' ? [{ name, reason: result.note ?? 'no reason given' }] : [],
    ),
  };
}

function firstLine(error: SerializedError | undefined): string {
  return stripVTControlCharacters(error?.message ?? 'no message').split('\n', 1)[0] ?? '';
}
