import type { DriverParts } from '../../pipeline/driver-parts.ts';
import { driverMeters } from './driver-meters.ts';
import { measuredBackend } from './measured-backend.ts';
import type { Meters } from './meters.ts';

/** The same driver, measured. Its store is not: that is shared with whoever else records events. */
export function measuredDriver<Driver extends DriverParts>(driver: Driver, meters: Meters): Driver {
  const { backend, clock } = driver;
  return { ...driver, backend: measuredBackend(backend, meters, clock), measures: driverMeters(meters, clock) };
}
