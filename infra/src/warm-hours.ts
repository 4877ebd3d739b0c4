import { checkedWhole, invalidProp } from './invalid-prop.ts';

/** The days of a week, as cron names them. */
export const weekdays = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof weekdays)[number];

/** Hours of a week in which hosts are kept running. */
export interface WarmHours {
  /** @default - Monday to Friday */
  readonly days?: readonly Weekday[];
  /** The hour of its beginning, 0 to 23. */
  readonly from: number;
  /** The hour of its end, 1 to 24, on the same day. */
  readonly to: number;
  /** vCPUs that are kept; with 4 per job, hosts for a quarter of that many jobs. 1 to `maxVcpus`. */
  readonly vcpus: number;
}

/** A change of the vCPUs that are kept, at one hour of some days. */
export interface WarmChange {
  readonly days: readonly Weekday[];
  /** 0 to 23 */
  readonly hour: number;
  readonly vcpus: number;
}

/**
 * The changes of a week. Where windows overlap, the larger number counts; where one follows another, there is one
 * change, so that no two calls race.
 *
 * @throws SettingInvalid for hours or vCPUs out of bounds
 */
export function warmChanges(windows: readonly WarmHours[], maxVcpus: number): readonly WarmChange[] {
  const kept = hoursOfWeek(windows, maxVcpus);
  const found = new Map<string, { days: Weekday[]; hour: number; vcpus: number }>();
  for (const [index, vcpus] of kept.entries()) {
    if (vcpus === kept.at(index - 1)) continue;
    const hour = index % 24;
    const change = found.get(`${hour} ${vcpus}`) ?? { days: [], hour, vcpus };
    change.days.push(dayAt(index));
    found.set(`${hour} ${vcpus}`, change);
  }
  const [always] = kept;
  // Nothing changes in a week in which hosts are always kept: one call each day keeps them.
  if (found.size === 0 && always !== undefined && always > 0) return [{ days: weekdays, hour: 0, vcpus: always }];
  return [...found.values()];
}

/** The vCPUs to keep in each of the 168 hours, from Monday on. */
function hoursOfWeek(windows: readonly WarmHours[], maxVcpus: number): readonly number[] {
  const kept = new Array<number>(24 * weekdays.length).fill(0);
  for (const [n, { days = weekdays.slice(0, 5), from, to, vcpus }] of windows.entries()) {
    const prop = `hosts.warm.windows[${n}]`;
    checkedWhole(`${prop}.from`, from, 0, 23);
    checkedWhole(`${prop}.to`, to, from + 1, 24);
    checkedWhole(`${prop}.vcpus`, vcpus, 1, maxVcpus);
    if (days.length === 0) throw invalidProp(`${prop}.days`, days, 'name at least one day, such as MON');
    for (const day of days)
      for (let hour = from; hour < to; hour += 1) {
        const index = weekdays.indexOf(day) * 24 + hour;
        kept[index] = Math.max(kept[index] ?? 0, vcpus);
      }
  }
  return kept;
}

function dayAt(index: number): Weekday {
  const day = weekdays[Math.floor(index / 24)];
  if (day === undefined) throw new RangeError(`a week has no hour ${index}`);
  return day;
}
