import { createHash } from 'node:crypto';
import type { RunContext, RunEnd, StartRun } from '../../lab/batch-stand-in/run.ts';
import { type RunScript, scriptedRun } from '../../lab/batch-stand-in/scripted-run.ts';
import { stagingTag } from '../../src/domain/plan.ts';
import type { Platform } from '../../src/domain/platform.ts';
import type { FakeRegistry } from './fake-registry.ts';

const itsOwnFault = 'build task step-failed 1 the script ended badly';

/**
 * A run of the builder, as seen from outside: phase marks, images pushed under its job key, an exit code.
 * @param how `fail` is what its mark reports for another exit code than 0
 */
export function builderRun(
  registry: FakeRegistry,
  milliseconds: number,
  how: { readonly end?: RunEnd; readonly fail?: string; readonly ignoresTermMilliseconds?: number } = {},
): StartRun {
  const { end = { exitCode: 0 }, fail } = how;
  const script: RunScript = {
    milliseconds,
    end,
    ignoresTermMilliseconds: how.ignoresTermMilliseconds ?? 500,
    lines: (context) => [
      mark(context, `hello 2 ${String(Math.floor(context.clock.now() / 1000))} ${jobKeyOf(context)}`),
      mark(context, 'begin build task'),
      `building on ${context.environment['TWINHULL_PLATFORM'] ?? ''}`,
    ],
    lastLines: (context) => lastLines(context, end, fail, end.exitCode === 0 ? pushImages(context, registry) : []),
    termLines: (context) => [mark(context, 'note terminated'), mark(context, 'end cleanup - 0')],
  };
  return scriptedRun(script);
}

export const buildFailed: RunEnd = { exitCode: 47 };

/**
 * The last output of the builder.
 * @param pushed digest of each image that it pushed, by image name. @default none, as builders of report version 1
 */
export function lastLines(
  context: RunContext,
  { exitCode }: RunEnd,
  fail = itsOwnFault,
  pushed: readonly (readonly [image: string, digest: string])[] = [],
): readonly string[] {
  if (exitCode === undefined) return [];
  const clean = mark(context, 'end cleanup - 0');
  const report = pushed.map(([image, digest]) => mark(context, `pushed ${image} ${digest}`));
  if (exitCode === 0) return [mark(context, 'end build task 0'), ...report, clean];
  return ['error: it went wrong', mark(context, `fail ${fail}`), clean];
}

function pushImages(context: RunContext, registry: FakeRegistry): readonly (readonly [string, string])[] {
  const { environment } = context;
  const platform = environment['TWINHULL_PLATFORM'] as Platform;
  const key = jobKeyOf(context);
  return Array.from({ length: Number(environment['TWINHULL_STEP_COUNT']) }, (_, index) => {
    const image = environment[`TWINHULL_STEP_${String(index + 1)}_IMAGE`] ?? '';
    return [image, registry.push(stagingTag(image, platform, key), platform, `${image} ${key}`)] as const;
  });
}

export function jobKeyOf({ jobId, attempt }: RunContext): string {
  return `${jobId}-${String(attempt)}`;
}

/** A phase mark; each run has a nonce of its own. */
export function mark(context: RunContext, words: string): string {
  const nonce = createHash('sha256').update(jobKeyOf(context)).digest('hex').slice(0, 32);
  return `##twinhull ${nonce} ${(context.clock.now() / 1000).toFixed(2)} ${words}`;
}
