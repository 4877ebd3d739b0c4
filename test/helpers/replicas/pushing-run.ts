import type { Run, RunContext, RunEnd, StartRun } from '../../../lab/batch-stand-in/run.ts';
import { stagingTag } from '../../../src/domain/plan.ts';
import type { Platform } from '../../../src/domain/platform.ts';
import { jobKeyOf, lastLines, mark } from '../batch-conduct.ts';
import { pushImage, tinyImage } from '../registry-images.ts';
import type { RegistryServer } from '../registry-server.ts';

export interface PushingRunOptions {
  /** How long it takes, in milliseconds. */
  readonly milliseconds: number;
  readonly lines: number;
  /** @default exit code 0 */
  readonly end?: RunEnd;
}

/** Sequential pushes: docker-registry confuses two concurrent uploads of one blob. */
let pushes: Promise<unknown> = Promise.resolve();

/** A run of the builder that prints as it progresses, and if it succeeds pushes real images under its job key. */
export function pushingRun(registry: RegistryServer, options: PushingRunOptions): StartRun {
  return (context) => {
    const over = new AbortController();
    let finish: (end: RunEnd) => void = () => undefined;
    const ended = new Promise<RunEnd>((resolve) => (finish = resolve));
    void work(context, registry, options, over.signal).then((end) => end !== undefined && finish(end));
    const signal: Run['signal'] = (name) => {
      if (over.signal.aborted) return;
      over.abort();
      if (name === 'TERM')
        for (const words of ['note terminated', 'end cleanup - 0']) context.log(mark(context, words));
      finish({ exitCode: name === 'TERM' ? 143 : 137 });
    };
    return { ended, signal };
  };
}

/** @returns undefined when it was stopped early */
async function work(
  context: RunContext,
  registry: RegistryServer,
  { milliseconds, lines, end = { exitCode: 0 } }: PushingRunOptions,
  over: AbortSignal,
): Promise<RunEnd | undefined> {
  const { clock } = context;
  const log = (line: string): void => context.log(line);
  log(mark(context, `hello 1 ${Math.floor(clock.now() / 1000)} ${jobKeyOf(context)}`));
  log(mark(context, 'begin build app'));
  for (let line = 1; line <= lines; line += 1) {
    log(`line ${line} of run ${context.attempt}: größer ✓ ${'x'.repeat(line % 50)}`);
    await clock.sleep(milliseconds / lines, over);
    if (over.aborted) return undefined;
  }
  if (end.exitCode === 0) {
    pushes = pushes.then(() => pushImages(context, registry));
    await pushes;
  }
  if (over.aborted) return undefined;
  for (const line of lastLines(context, end)) log(line);
  return end;
}

async function pushImages(context: RunContext, registry: RegistryServer): Promise<void> {
  const { environment } = context;
  const platform = environment['TWINHULL_PLATFORM'] as Platform;
  const path = environment['TWINHULL_REGISTRY_PATH'] ?? '';
  for (let step = 1; step <= Number(environment['TWINHULL_STEP_COUNT']); step += 1) {
    const tag = stagingTag(environment[`TWINHULL_STEP_${step}_IMAGE`] ?? '', platform, jobKeyOf(context));
    await pushImage(registry, path, tinyImage('oci', platform), tag);
  }
}
