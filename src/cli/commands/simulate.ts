import { evenDay } from '../../capacity/arrivals.ts';
import { checkedScenario, defaultDays, type Scenario } from '../../capacity/scenario.ts';
import { simulate as simulateBuilds } from '../../capacity/simulate.ts';
import { platformSuffix, platforms } from '../../domain/platform.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { renderSimulation, simulationToJson } from '../render/simulation.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';
import { type ByPlatform, defaultPhases, phaseSeconds } from './simulate.values.ts';

type PhasesByPlatform = ByPlatform<ReturnType<typeof phaseSeconds>>;

/** Succeeds also when the hosts are too few: that is a result. */
export async function simulate(options: CommandOptions<'simulate'>, { stdout }: Terminal): Promise<ExitCode> {
  const scenario = scenarioOf(options, await measured(options.measured));
  const result = simulateBuilds(scenario);
  await (options.json
    ? writeJson(stdout, simulationToJson(scenario, result))
    : write(stdout, renderSimulation(scenario, result, displayOf(stdout))));
  return exitCodes.success;
}

/** Undefined without a recipe: then no store is opened. */
async function measured(recipe: string | undefined): Promise<PhasesByPlatform | undefined> {
  if (recipe === undefined) return undefined;
  const [{ withStore }, { measuredPhases }] = await Promise.all([
    import('../with-store.ts'),
    import('./measured-phases.ts'),
  ]);
  return withStore((store) => measuredPhases(recipe, store));
}

/** The durations of the options are in seconds. @throws ArgumentInvalid when options contradict each other */
export function scenarioOf(options: CommandOptions<'simulate'>, measuredPhases?: PhasesByPlatform): Scenario {
  const { buildsPerDay, profile, cacheHitRate, runTimes, days, seed } = options;
  const phases = options.phases ?? phaseSeconds(defaultPhases);
  const queues = platforms.map((platform) => {
    const name = platformSuffix(platform);
    return {
      platform,
      maxVcpus: options.maxVcpus?.[name] ?? 16,
      minVcpus: options.minVcpus?.[name] ?? 0,
      vcpusPerJob: options.vcpusPerJob?.[name] ?? 4,
      hostStartSeconds: options.hostStart?.[name] ?? 120,
      scaleDownSeconds: options.scaleDownDelay?.[name] ?? 300,
      pricePerHour: options.pricePerHour?.[name],
      phases: measuredPhases?.[name] ?? phases,
      cachedBuildSeconds: options.cachedBuild?.[name] ?? 60,
    };
  });
  const whole = { profile: profile ?? evenDay, days: days ?? defaultDays(buildsPerDay) };
  return checkedScenario({ buildsPerDay, seed, cacheHitRate, runTimes, queues, ...whole });
}
