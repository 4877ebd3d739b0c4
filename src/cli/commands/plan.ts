import { planToJson } from '../../build-json/json.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { checkoutWarnings } from '../checkout-warnings.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { displayOf } from '../render/display.ts';
import { warningsTo } from '../render/notice.ts';
import { renderPlan } from '../render/plan.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export async function plan(options: CommandOptions<'plan'>, terminal: Terminal): Promise<ExitCode> {
  const { stdout, stderr, cwd } = terminal;
  const { plan: planned, estimate } = await withBuilds(terminal, (builds) =>
    builds.plan({ ...options, reference: options.ref }),
  );
  const { warnOfPlan } = await import('../../wiring/warn-of-plan.ts');
  const warnings = [...(await checkoutWarnings(planned.source, cwd)), ...(await warnOfPlan(planned, cwd))];
  const reporter = warningsTo(stderr);
  for (const warning of warnings) reporter.warning(warning);
  if (options.json) await writeJson(stdout, planToJson(planned, warnings, estimate));
  else await write(stdout, renderPlan(planned, displayOf(stdout), estimate));
  return exitCodes.success;
}
