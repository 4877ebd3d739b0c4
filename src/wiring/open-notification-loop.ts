import type { DriverParts } from '../pipeline/drive/driver-parts.ts';
import { NotificationLoop } from '../pipeline/notify/notification-loop.ts';
import type { BuildStore } from '../ports/build-store.ts';
import { systemClock } from '../ports/clock.ts';
import type { EventCursors } from '../ports/event-cursors.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Settings } from '../settings/settings.ts';
import { openNotifier } from './open-github.ts';

/** What the loop shares with the rest of the service. */
export interface NotificationLoopWiring {
  readonly settings: Settings;
  readonly store: BuildStore;
  readonly cursors: EventCursors;
  readonly reporter: Reporter;
  /** The service's own; undefined when it has none. */
  readonly destination: string | undefined;
}

/**
 * Sends notifications while this process is the leader; empty when no notifier is configured.
 * @throws SettingInvalid, StoreUnavailable
 */
export async function openNotificationLoop({
  settings,
  destination,
  ...parts
}: NotificationLoopWiring): Promise<Pick<DriverParts, 'whileLeader'>> {
  const notifier = await openNotifier(settings, destination);
  if (notifier === undefined) return {};
  const intervalMilliseconds = settings.intervalSeconds * 1000;
  const notificationLoop = new NotificationLoop({ ...parts, notifier, clock: systemClock, intervalMilliseconds });
  await notificationLoop.begin();
  return { whileLeader: (lease, until) => notificationLoop.run(lease, until) };
}
