/** Where the pipeline says what no event tells: trouble that it survives by itself. */
export interface Reporter {
  /** @param about what it befell, where that is one thing */
  warning(text: string, cause?: unknown, about?: ReportSubject): void;
}

export interface ReportSubject {
  readonly buildId: string;
}

export const silentReporter: Reporter = { warning: () => undefined };
