import { Announcer } from '../pipeline/announce/announcer.ts';
import type { DriverParts } from '../pipeline/driver-parts.ts';
import type { Reporter } from '../pipeline/reporter.ts';
import type { BuildStore } from '../ports/build-store.ts';
import { systemClock } from '../ports/clock.ts';
import type { EventCursors } from '../ports/event-cursors.ts';
import type { Settings } from '../settings/settings.ts';
import { openNotifier } from './open-github.ts';

export interface AnnouncerWiring {
  readonly settings: Settings;
  readonly store: BuildStore;
  readonly cursors: EventCursors;
  readonly reporter: Reporter;
  /** The service's own; undefined where it has none. */
  readonly destination: string | undefined;
}

/** What the driver of builds does besides: nothing where nobody is to be told. @throws SettingInvalid, StoreUnavailable */
export async function openAnnouncer({
  settings,
  destination,
  ...parts
}: AnnouncerWiring): Promise<Pick<DriverParts, 'alongside'>> {
  const notifier = await openNotifier(settings, destination);
  if (notifier === undefined) return {};
  const intervalMilliseconds = settings.intervalSeconds * 1000;
  const announcer = new Announcer({ ...parts, notifier, clock: systemClock, intervalMilliseconds });
  await announcer.begin();
  return { alongside: (lease, until) => announcer.run(lease, until) };
}
