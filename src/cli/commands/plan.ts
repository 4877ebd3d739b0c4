import { planToJson } from '../../presentation/json.ts';
import { loadSettings } from '../../settings/settings.ts';
import { preparePlan } from '../../wiring/prepare-plan.ts';
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
  const prepared = await preparePlan({ ...options, reference: options.ref }, loadSettings(), terminal.cwd);
  await (options.json
    ? writeJson(terminal.stdout, planToJson(prepared.plan))
    : write(terminal.stdout, renderPlan(prepared.plan, displayOf(terminal.stdout))));
  return exitCodes.success;
}
