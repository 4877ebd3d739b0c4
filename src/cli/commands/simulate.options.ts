import { type Command, Option } from 'commander';
import { wholeNumberIn } from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import type { SimulateOptions } from './simulate.ts';
import { byPlatform, dayProfile, defaultPhases, durationSeconds, numberIn, phaseSeconds } from './simulate.values.ts';

type Choose = (run: (terminal: Terminal) => Promise<number>) => void;

const vcpus = byPlatform(wholeNumberIn(0, 1_000_000));

/** `twinhull simulate`: reads and changes nothing. The defaults are those of the stack, where it has any. */
export function describeSimulate(program: Command, choose: Choose): void {
  program
    .command('simulate')
    .description('simulate many builds a day: waiting, build time, cost, hosts, and what limits them')
    .requiredOption('--builds-per-day <number>', 'builds that arrive a day, at random', wholeNumberIn(1, 1_000_000))
    .option('--profile <profile>', 'when they arrive: even, office, or 24 weights (default: even)', dayProfile)
    .option('--max-vcpus <vcpus>', 'vCPUs of each platform, or arm64=N,amd64=N (default: 16)', vcpus)
    .option('--min-vcpus <vcpus>', 'vCPUs that always run (default: 0)', vcpus)
    .option(
      '--vcpus-per-job <vcpus>',
      'vCPUs of a host; each job has its own (default: 4)',
      byPlatform(wholeNumberIn(1, 1_000)),
    )
    .option('--host-start <duration>', 'until a new host takes a job (default: 2m)', byPlatform(durationSeconds))
    .option('--scale-down-delay <duration>', 'how long an idle host is kept (default: 5m)', byPlatform(durationSeconds))
    .option('--phases <phases>', `duration of the phases of a job (default: ${defaultPhases})`, phaseSeconds)
    .option('--cached-build <duration>', 'phase build with cached layers (default: 1m)', byPlatform(durationSeconds))
    .option('--cache-hit-rate <share>', 'share of builds with cached layers, 0 to 1', numberIn(0, 1), 0)
    .addOption(
      new Option('--run-times <kind>', 'how run times vary around the phases')
        .choices(['fixed', 'exponential'])
        .default('fixed'),
    )
    .option('--price-per-hour <price>', 'price of a host, or arm64=P,amd64=P', byPlatform(numberIn(0, 1_000)))
    .option('--days <number>', 'days to simulate (default: enough for a steady result)', wholeNumberIn(1, 3_650))
    .option('--seed <number>', 'the same seed gives the same result', wholeNumberIn(0, 4_294_967_295), 1)
    .option('--json', 'print it as JSON', false)
    .action((options: SimulateOptions) =>
      choose(async (terminal) => (await import('./simulate.ts')).simulate(options, terminal)),
    );
}
