import { planToJson } from '../../presentation/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { renderPlan } from '../render/plan.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export interface PlanCommandOptions {
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly recipe?: string | undefined;
  readonly destination?: string | undefined;
  readonly json: boolean;
}

export async function plan(options: PlanCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { stdout } = terminal;
  const planned = await withBuilds(terminal, (builds) => builds.plan({ ...options, reference: options.ref }));
  await (options.json ? writeJson(stdout, planToJson(planned)) : write(stdout, renderPlan(planned, displayOf(stdout))));
  return exitCodes.success;
}
