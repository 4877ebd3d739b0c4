import { reasonOf } from '../errors/twinhull-error.ts';
import type { ChangeListener, UnusableNews } from '../ports/job-backend.ts';
import type { DriverMeasures } from './driver-measures.ts';
import type { Lookout } from './lookout.ts';
import type { Reporter } from './reporter.ts';

export interface HearChangesParts {
  readonly lookout: Lookout;
  /** Makes the next pass come at once. */
  readonly wake: () => void;
  readonly reporter: Reporter;
  readonly measures: DriverMeasures;
}

/** Has the jobs looked at that the backend tells of. Says once when it falls silent, and once when it is heard again. */
export function hearChanges({ lookout, wake, reporter, measures }: HearChangesParts): ChangeListener {
  const told = new Set<UnusableNews>();
  let wasSilent = false;
  let toldOfUndeleted = false;
  return {
    changed(id) {
      measures.news('changed');
      lookout.changed(id);
      wake();
    },
    hearing(hears, trouble) {
      if (!hears) reporter.warning(`${silence}: ${reasonOf(trouble)}`, trouble);
      else if (wasSilent) reporter.warning('changes of jobs are heard of again');
      lookout.hears = hears;
      wasSilent = !hears;
      measures.hearing(hears);
      // Whatever changed meanwhile was told to nobody.
      lookout.changed();
      wake();
    },
    unusable(why, detail) {
      measures.news(why);
      if (told.has(why)) return;
      told.add(why);
      reporter.warning(`${unusable[why]}: ${detail}; it was thrown away, and further ones will be without a word`);
    },
    undeleted(messages, trouble, isLasting) {
      measures.undeleted(messages);
      // What passes by itself costs nothing but another look.
      if (!isLasting || toldOfUndeleted) return;
      toldOfUndeleted = true;
      reporter.warning(`${undeleted}: ${reasonOf(trouble)}`, trouble);
    },
  };
}

const silence = 'changes of jobs are not heard of now, and are looked for at intervals instead';

const undeleted =
  'messages of the event queue cannot be deleted, so that each comes again until the queue gives it up; this is said once';

const unusable: Readonly<Record<UnusableNews, string>> = {
  malformed: 'a message of the event queue is no event of a job',
  foreign: 'a message of the event queue tells of a job that is not ours',
};
