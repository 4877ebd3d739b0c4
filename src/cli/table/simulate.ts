import {
  byPlatform,
  dayProfile,
  defaultPhases,
  durationSeconds,
  numberIn,
  phaseSeconds,
} from '../commands/simulate.values.ts';
import { wholeNumberIn } from '../option-values.ts';
import type { CommandEntry } from './entry.ts';

const vcpus = byPlatform(wholeNumberIn(0, 1_000_000));

/** Reads and changes nothing. The defaults are those of the stack, where it has any. */
export const simulate = {
  summary: 'simulate many builds a day: waiting, build time, cost, hosts, and what limits them',
  isLocal: true,
  options: {
    buildsPerDay: {
      value: 'number',
      summary: 'builds that arrive a day, at random',
      parse: wholeNumberIn(1, 1_000_000),
      required: true,
    },
    profile: {
      value: 'profile',
      summary: 'when they arrive: even, office, or 24 weights',
      parse: dayProfile,
      otherwise: 'even',
    },
    maxVcpus: {
      value: 'vcpus',
      summary: 'vCPUs of each platform, or arm64=N,amd64=N',
      parse: vcpus,
      otherwise: '16',
    },
    minVcpus: { value: 'vcpus', summary: 'vCPUs that always run', parse: vcpus, otherwise: '0' },
    vcpusPerJob: {
      value: 'vcpus',
      summary: 'vCPUs of a host; each job has its own',
      parse: byPlatform(wholeNumberIn(1, 1_000)),
      otherwise: '4',
    },
    hostStart: {
      value: 'duration',
      summary: 'until a new host takes a job',
      parse: byPlatform(durationSeconds),
      otherwise: '2m',
    },
    scaleDownDelay: {
      value: 'duration',
      summary: 'how long an idle host is kept',
      parse: byPlatform(durationSeconds),
      otherwise: '5m',
    },
    phases: {
      value: 'phases',
      summary: 'duration of the phases of a job',
      parse: phaseSeconds,
      otherwise: defaultPhases,
    },
    measured: {
      value: 'recipe',
      summary: 'the median phases of this recipe’s builds in the store',
      conflicts: 'phases',
    },
    cachedBuild: {
      value: 'duration',
      summary: 'phase build with cached layers',
      parse: byPlatform(durationSeconds),
      otherwise: '1m',
    },
    cacheHitRate: {
      value: 'share',
      summary: 'share of builds with cached layers, 0 to 1',
      parse: numberIn(0, 1),
      default: 0,
    },
    runTimes: {
      value: 'kind',
      summary: 'how run times vary around the phases',
      choices: ['fixed', 'exponential'],
      default: 'fixed',
    },
    pricePerHour: {
      value: 'price',
      summary: 'price of a host, or arm64=P,amd64=P',
      parse: byPlatform(numberIn(0, 1_000)),
    },
    days: {
      value: 'number',
      summary: 'days to simulate',
      parse: wholeNumberIn(1, 3_650),
      otherwise: 'enough for a steady result',
    },
    seed: {
      value: 'number',
      summary: 'the same seed gives the same result',
      parse: wholeNumberIn(0, 4_294_967_295),
      default: 1,
    },
    json: { summary: 'print it as JSON' },
  },
  examples: [
    [
      'twinhull simulate --builds-per-day 1000 --profile office --max-vcpus 64',
      'a thousand builds a day in office hours, on 64 vCPUs of each platform',
    ],
  ],
} as const satisfies CommandEntry;
