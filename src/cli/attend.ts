import { open, writeFile } from 'node:fs/promises';
import { type Build, hasLeftovers, isEnded } from '../domain/build.ts';
import { reasonOf, TwinhullError } from '../errors/twinhull-error.ts';
import { cancelBuild } from '../pipeline/change-build.ts';
import { followBuild } from '../pipeline/follow.ts';
import { Reconciler } from '../pipeline/reconciler.ts';
import { buildToJson } from '../presentation/json.ts';
import type { Settings } from '../settings/settings.ts';
import type { Driver } from '../wiring/open-driver.ts';
import { cancelInBackground, reconcileInBackground } from './background.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { displayOf } from './render/display.ts';
import { notice } from './render/notice.ts';
import { createRenderer } from './render/renderer.ts';
import { renderSummary } from './render/summary.ts';
import { type Terminal, write, writeJson } from './terminal.ts';

export interface AttendOptions {
  readonly json: boolean;
  readonly metadataFile?: string | undefined;
}

/** Drives a build (or follows whoever does), showing what happens, until it has ended. */
export async function attend(
  id: string,
  { driver, settings }: { readonly driver: Driver; readonly settings: Settings },
  options: AttendOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const driving = new AbortController();
  const reconciler = new Reconciler(driver);
  const driven = reconciler.run({ signal: driving.signal });
  const cancel = async (): Promise<void> => {
    await cancelBuild(id, driver);
    reconciler.wake();
  };
  const interrupts = cancelOnInterrupt(cancel, () => cancelInBackground(settings, id), terminal);
  try {
    const build = await Promise.race([show(id, driver, terminal), rejects(driven)]);
    await report(build, options, terminal);
    return build.state === 'published' ? exitCodes.success : exitCodes.buildFailed;
  } finally {
    interrupts.stop();
    driving.abort();
    await driven.catch(() => undefined);
    if (await isLeftAlone(id, driver)) reconcileInBackground(settings);
  }
}

/** Whether something of an ended build is still at the backend, such as a job that came late, and nobody is at it. */
async function isLeftAlone(id: string, { store, clock }: Driver): Promise<boolean> {
  try {
    const build = await store.load(id);
    const hasRest = build !== undefined && isEnded(build) && hasLeftovers(build);
    return hasRest && (await store.leaseHolder(clock.now())) === undefined;
  } catch {
    // A store that fails has been reported, or the next driver will.
    return false;
  }
}

async function show(id: string, driver: Driver, terminal: Terminal): Promise<Build> {
  const renderer = createRenderer(terminal.stderr);
  const following = followBuild(id, driver);
  try {
    for (;;) {
      const next = await following.next();
      if (next.done) {
        await renderer.done(next.value);
        return next.value;
      }
      await renderer.item(next.value);
    }
  } finally {
    renderer.close();
  }
}

/** Never resolves: only the trouble of a driver matters to whoever waits for the build's end. */
async function rejects(driven: Promise<void>): Promise<never> {
  await driven;
  return new Promise<never>(() => undefined);
}

/** The result, on the stream where it belongs: published images are the answer, a failure is a message. */
export async function report(build: Build, { json, metadataFile }: AttendOptions, terminal: Terminal): Promise<void> {
  if (json) await writeJson(terminal.stdout, buildToJson(build));
  const stream = build.state === 'published' ? terminal.stdout : terminal.stderr;
  if (!json || build.state !== 'published') await write(stream, renderSummary(build, displayOf(stream)));
  if (metadataFile !== undefined) await writeMetadata(metadataFile, build);
}

/** Tells before a build begins, not at its end. @throws ArgumentInvalid */
export async function checkMetadataFile(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', `the metadata file ${file} cannot be written: ${reasonOf(error)}`, {
      hint: 'name a file in a folder that can be written',
      cause: error,
    });
  }
}

async function writeMetadata(file: string, build: Build): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(buildToJson(build), undefined, 2)}\n`);
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', `the metadata file ${file} cannot be written: ${reasonOf(error)}`, {
      hint: `build ${build.id} itself is ${build.state}; see twinhull status ${build.id}`,
    });
  }
}

/** The first Ctrl-C cancels the build, the second leaves at once; then the cancelling is for the background. */
function cancelOnInterrupt(cancel: () => Promise<void>, leave: () => void, { stderr }: Terminal): { stop(): void } {
  let interrupted = false;
  const onInterrupt = (): void => {
    if (interrupted) {
      try {
        leave();
      } finally {
        process.exit(exitCodes.buildFailed);
      }
    }
    interrupted = true;
    notice(stderr, 'cancelling; press Ctrl-C again to leave at once');
    cancel().catch((error: unknown) => notice(stderr, `could not cancel: ${reasonOf(error)}`));
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  return {
    stop: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onInterrupt);
    },
  };
}
