/** Receives what no event reports: failures from which the pipeline recovers by itself. */
export interface Reporter {
  /** @param about the affected build, if it is a single one */
  warning(text: string, cause?: unknown, about?: ReportSubject): void;
}

/** The build that a warning is about. */
export interface ReportSubject {
  readonly buildId: string;
}

/** Discards warnings, for callers that read the events alone. */
export const silentReporter: Reporter = { warning: () => undefined };
