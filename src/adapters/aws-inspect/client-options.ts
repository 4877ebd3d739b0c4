/** Which AWS is asked. */
export interface AwsPlace {
  readonly region: string;
  /** Instead of the SDK's own choice (AWS_ENDPOINT_URL, or AWS itself): for tests. */
  readonly endpoint?: string | undefined;
}

/** For questions that somebody waits for: a few attempts, none for long. */
export function clientOptions({ region, endpoint }: AwsPlace) {
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  };
}
