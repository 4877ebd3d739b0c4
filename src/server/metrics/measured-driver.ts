import type { DriverParts } from '../../pipeline/drive/driver-parts.ts';
import { driverMeters } from './driver-meters.ts';
import { measuredBackend } from './measured-backend.ts';
import type { Meters } from './meters.ts';

/** Wraps a driver to measure it. Its store is not wrapped, because others record events through it too. */
export function measuredDriver<Driver extends DriverParts>(driver: Driver, meters: Meters): Driver {
  const { backend, clock } = driver;
  return { ...driver, backend: measuredBackend(backend, meters, clock), measures: driverMeters(meters, clock) };
}
