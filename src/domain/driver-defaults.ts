/** How builds are driven where no setting changes it: docs/settings.md names each. Times are in seconds. */
export const driverDefaults = {
  maxAttempts: 3,
  retryDelaySeconds: 2,
  registryPatienceSeconds: 3600,
  leaseSeconds: 10,
  intervalSeconds: 1,
  settleSeconds: 60,
} as const;
