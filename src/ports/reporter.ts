/** Receives what no event reports: failures from which the pipeline recovers by itself. */
export interface Reporter {
  /** @param about the affected build, if it is a single one */
  warning(text: string, cause?: unknown, about?: ReportSubject): void;
}

export interface ReportSubject {
  readonly buildId: string;
}

export const silentReporter: Reporter = { warning: () => undefined };
