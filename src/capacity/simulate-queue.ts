import { HostHeap } from './host-heap.ts';
import { IdleHosts } from './idle-hosts.ts';

/** The hosts of one queue; each runs one job at a time. Times are in seconds. */
export interface QueueHosts {
  /** The most hosts at once, at least 1. */
  readonly maxHosts: number;
  /** Hosts that run from the start and are never stopped. */
  readonly minHosts: number;
  /** From the request of a host until it takes a job. */
  readonly startSeconds: number;
  /** How long an idle host is kept. */
  readonly keepSeconds: number;
}

/** What one simulated day of one queue comes to. */
export interface QueueRun {
  /** When each job starts, in the order of the arrivals. */
  readonly starts: Float64Array;
  /** Seconds of all hosts, from their request to their end. */
  readonly hostSeconds: number;
  /** How many were started, without the first `minHosts`. */
  readonly hostsStarted: number;
  /** The most hosts that existed at once. */
  readonly mostHosts: number;
  /** Seconds that jobs waited because a host was being started, and because no further host was allowed. */
  readonly waitedForStart: number;
  readonly waitedForLimit: number;
}

/**
 * Runs jobs in the order of their arrival. A job takes the idle host that was used last, so that others can be stopped.
 * Without an idle host, one is started for it, unless enough are being started for all that wait, or the limit is
 * reached.
 *
 * One pass over the jobs is enough: hosts are free at known times, so the start of each job is known when it arrives.
 *
 * @param arrivals seconds, ascending
 * @param runs how long each job runs, in seconds, from its start
 * @param end of the simulated time, in seconds: the hosts that are always there are counted until then
 */
export function simulateQueue(
  arrivals: Float64Array,
  runs: Float64Array,
  { maxHosts, minHosts, startSeconds, keepSeconds }: QueueHosts,
  end: number,
): QueueRun {
  const starts = new Float64Array(arrivals.length);
  // Times from which hosts are free: in `idle` those in the past, the longest idle first.
  const busy = new HostHeap();
  const idle = new IdleHosts(minHosts);
  const readyTimes: number[] = [];
  let [hostSeconds, mostHosts, waitedForStart, waitedForLimit] = [0, minHosts, 0, 0];
  // The first job that has not started, and the first host that is not ready: both lists are ascending.
  let [firstWaiting, firstStarting] = [0, 0];

  const advance = (now: number): void => {
    for (; busy.earliest <= now; busy.pop()) idle.add(busy.earliest);
    while (busy.size + idle.size > minHosts && idle.longest + keepSeconds <= now)
      hostSeconds += idle.takeLongest() + keepSeconds;
  };

  for (let job = 0; job < arrivals.length; job++) {
    const now = arrivals[job] ?? 0;
    const run = runs[job] ?? 0;
    advance(now);
    if (idle.size > 0) {
      idle.takeLatest();
      starts[job] = now;
      busy.push(now + run);
      continue;
    }
    while (firstWaiting < job && (starts[firstWaiting] ?? 0) <= now) firstWaiting++;
    while ((readyTimes[firstStarting] ?? Infinity) <= now) firstStarting++;
    const lacksHost = job - firstWaiting + 1 > readyTimes.length - firstStarting;
    const atLimit = lacksHost && busy.size >= maxHosts;
    if (lacksHost && !atLimit) {
      readyTimes.push(now + startSeconds);
      busy.push(now + startSeconds);
      hostSeconds -= now;
      mostHosts = Math.max(mostHosts, busy.size);
    }
    const start = busy.earliest;
    starts[job] = start;
    busy.replaceEarliest(start + run);
    if (atLimit) waitedForLimit += start - now;
    else waitedForStart += start - now;
  }
  advance(Number.MAX_VALUE);
  while (idle.size > 0) hostSeconds += Math.max(end, idle.takeLatest());
  return { starts, hostSeconds, hostsStarted: readyTimes.length, mostHosts, waitedForStart, waitedForLimit };
}
