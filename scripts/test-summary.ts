/** The outcome of one run of a test suite. */
export interface SuiteReport {
  readonly passed: number;
  /**
   * Failed tests, files that could not be loaded, and errors outside of tests, each with the first line of its message.
   */
  readonly failures: readonly { readonly name: string; readonly message: string }[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The end of the output of `npm test`: each skipped test with its reason, each failure with its message, then the
 * totals on a separate line. A log of which only the end is kept shows everything that failed.
 *
 * @param reports by the name of the suite; undefined for one that did not finish, which counts as a failure
 */
export function testSummary(reports: Readonly<Record<string, SuiteReport | undefined>>): {
  text: string;
  isGood: boolean;
} {
  const suites = Object.entries(reports);
  const passed = suites.reduce((total, [, report]) => total + (report?.passed ?? 0), 0);
  const failures = suites.flatMap(([suite, report]) =>
    (report?.failures ?? [{ name: suite, message: 'did not run to its end' }]).map(
      ({ name, message }) => `failed: ${report === undefined ? '' : `${suite}: `}${name}: ${message}`,
    ),
  );
  const skipped = suites.flatMap(([, report]) => report?.skipped ?? []);
  const totals = [
    `${passed} passed`,
    `${failures.length} failed`,
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  const lines = [...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`), ...failures, totals.join(', ')];
  return { text: `\n${lines.join('\n')}\n`, isGood: failures.length === 0 && passed > 0 };
}
