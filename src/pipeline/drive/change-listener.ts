import { reasonOf } from '../../domain/errors/twinhull-error.ts';
import type { ChangeListener, UnusableMessage } from '../../ports/job-backend.ts';
import type { Reporter } from '../../ports/reporter.ts';
import type { DriverMeasures } from './driver-parts.ts';
import type { Schedule } from './schedule.ts';

/** What the listener informs of reported changes. */
export interface ChangeListenerParts {
  readonly schedule: Schedule;
  /** Starts the next pass at once. */
  readonly wake: () => void;
  readonly reporter: Reporter;
  readonly measures: DriverMeasures;
}

/** Polls the jobs that the backend reports as changed. Warns once when events become unavailable and on return. */
export function changeListener({ schedule, wake, reporter, measures }: ChangeListenerParts): ChangeListener {
  const warned = new Set<UnusableMessage>();
  let wasUnavailable = false;
  let hasWarnedOfUndeleted = false;
  return {
    changed(id) {
      measures.queueMessage('changed');
      schedule.changed(id);
      wake();
    },
    onConnectionChange(eventsAvailable, trouble) {
      if (!eventsAvailable)
        reporter.warning(`job event queue unavailable; polling instead: ${reasonOf(trouble)}`, trouble);
      else if (wasUnavailable) reporter.warning('job event queue available again');
      schedule.eventsAvailable = eventsAvailable;
      wasUnavailable = !eventsAvailable;
      measures.eventsAvailable(eventsAvailable);
      // Changes in between were not reported.
      schedule.changed();
      wake();
    },
    unusable(why, detail) {
      measures.queueMessage(why);
      if (warned.has(why)) return;
      warned.add(why);
      reporter.warning(`${unusable[why]}: ${detail}; discarded, and repeats are not logged`);
    },
    undeleted(messages, trouble, isLasting) {
      measures.undeleted(messages);
      // A transient failure costs only one more poll.
      if (!isLasting || hasWarnedOfUndeleted) return;
      hasWarnedOfUndeleted = true;
      reporter.warning(`${undeleted}: ${reasonOf(trouble)}`, trouble);
    },
  };
}

const undeleted =
  'messages of the job event queue cannot be deleted, and each is received again until it expires; repeats are not logged';

const unusable: Readonly<Record<UnusableMessage, string>> = {
  malformed: 'a message of the job event queue is not a job event',
  foreign: 'a message of the job event queue is about a foreign job',
};
