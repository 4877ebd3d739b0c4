import type { Platform } from '../domain/platform.ts';
import type { Spread } from './spread.ts';

/** What most of the waiting is for: a host that starts, a vCPU limit, or nothing (under a second on average). */
export type Bottleneck = 'none' | 'host-start' | 'max-vcpus';

/** Times are in seconds. */
export interface Simulation {
  /** How many builds were measured. */
  readonly builds: number;
  /** Whether a queue gets more work than its hosts can do: it grows without end, so waiting and times are undefined. */
  readonly overloaded: boolean;
  readonly bottleneck: Bottleneck;
  /** From the submit until both jobs run. */
  readonly waiting: Spread | undefined;
  /** From the submit until both jobs have ended. */
  readonly buildTime: Spread | undefined;
  /** Of the hosts, idle time included; undefined without prices. */
  readonly costPerBuild: number | undefined;
  readonly queues: readonly QueueSimulation[];
}

/** What the simulation predicts for one platform. */
export interface QueueSimulation {
  readonly platform: Platform;
  readonly bottleneck: Bottleneck;
  /** Hosts that the jobs keep busy on average. */
  readonly busyHosts: number;
  /** The same, of the most hosts that the vCPU limit allows: overloaded from 1 on. */
  readonly utilization: number;
  readonly waiting: Spread | undefined;
  readonly hosts: HostCounts | undefined;
}

/** Hosts at the same time. */
export interface HostCounts {
  /** The most that the vCPU limit allows. */
  readonly allowed: number;
  readonly mean: number;
  readonly most: number;
  readonly startedPerDay: number;
}
