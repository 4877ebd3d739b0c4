import type { DriverMeasures, DriverParts } from '../../pipeline/drive/driver-parts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackendRequest } from '../../ports/job-backend.ts';
import { measuredBackend } from './measured-backend.ts';
import type { Meters } from './meters.ts';

/** Metrics of this process's driver. */
export function driverMeters(meters: Meters, clock: Clock): DriverMeasures {
  const eventsAvailable = (isAvailable: boolean): void =>
    meters.set('twinhull_event_queue_hearing', {}, isAvailable ? 1 : 0);
  return {
    leaseHeld(isHeld) {
      meters.set('twinhull_lease_held', {}, isHeld ? 1 : 0);
      if (isHeld) return;
      // From now on the next holder of the lease reports these.
      for (const name of ['twinhull_reconcile_lag_seconds', 'twinhull_reconcile_open_builds'] as const)
        meters.set(name, {}, 0);
      eventsAvailable(false);
    },
    passed({ seconds, open, polled, lagSeconds }) {
      meters.observe('twinhull_reconcile_pass_duration_seconds', {}, seconds);
      meters.set('twinhull_reconcile_last_pass_timestamp_seconds', {}, clock.now() / 1000);
      meters.set('twinhull_reconcile_lag_seconds', {}, lagSeconds);
      meters.set('twinhull_reconcile_open_builds', {}, open);
      meters.count('twinhull_reconcile_looked_builds_total', {}, polled);
    },
    eventsAvailable,
    queueMessage: (kind) => meters.count('twinhull_event_queue_messages_total', { kind }),
    undeleted: (messages) => meters.count('twinhull_event_queue_undeleted_total', {}, messages),
  };
}

/** Wraps a driver to measure it. Its store is not wrapped, because others record events through it too. */
export function measuredDriver<Driver extends DriverParts>(driver: Driver, meters: Meters): Driver {
  const { backend, clock } = driver;
  return { ...driver, backend: measuredBackend(backend, meters, clock), measures: driverMeters(meters, clock) };
}

/** Counts the individual requests that the backend sends. */
export function requestMeter(meters: Meters): (request: BackendRequest) => void {
  return ({ service, operation, outcome, seconds }) => {
    meters.count('twinhull_backend_requests_total', { service, operation, outcome });
    meters.observe('twinhull_backend_request_duration_seconds', { service, operation }, seconds);
  };
}
