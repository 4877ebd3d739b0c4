/** Where the pipeline says what no event tells: trouble that it survives by itself. */
export interface Reporter {
  warning(text: string, cause?: unknown): void;
}

export const silentReporter: Reporter = { warning: () => undefined };
