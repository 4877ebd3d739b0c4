import { open, writeFile } from 'node:fs/promises';
import { buildToJson } from '../build-json/json.ts';
import type { ShownBuild } from '../build-json/shown-build.ts';
import { reasonOf, TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Builds } from './builds/builds.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { displayOf } from './render/display.ts';
import { notice } from './render/notice.ts';
import { createRenderer } from './render/renderer.ts';
import { renderSummary } from './render/summary.ts';
import { type Terminal, write, writeJson } from './terminal.ts';

/** How the result of a watched build is reported. */
export interface AttachedOptions {
  readonly json: boolean;
  readonly metadataFile?: string | undefined;
}

/** Follows a build to its end and shows its progress. */
export async function runAttached(
  id: string,
  builds: Builds,
  options: AttachedOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const attachment = builds.attach(id);
  const interrupts = cancelOnInterrupt(
    () => attachment.cancel(),
    () => builds.cancelInBackground(id),
    terminal,
  );
  try {
    const build = await Promise.race([show(id, builds, terminal), attachment.trouble]);
    await report(build, options, terminal);
    return build.state === 'published' ? exitCodes.success : exitCodes.buildFailed;
  } finally {
    interrupts.stop();
    await attachment.end();
  }
}

async function show(id: string, builds: Builds, terminal: Terminal): Promise<ShownBuild> {
  const renderer = createRenderer(terminal.stderr);
  const following = builds.follow(id);
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

/** Prints the result on the right stream: published images go to stdout, a failure to stderr. */
export async function report(
  build: ShownBuild,
  { json, metadataFile }: AttachedOptions,
  terminal: Terminal,
): Promise<void> {
  if (json) await writeJson(terminal.stdout, buildToJson(build));
  const stream = build.state === 'published' ? terminal.stdout : terminal.stderr;
  if (!json || build.state !== 'published') await write(stream, renderSummary(build, displayOf(stream)));
  if (metadataFile !== undefined) await writeMetadata(metadataFile, build);
}

/** Fails before a build starts rather than at its end. @throws ArgumentInvalid */
export async function checkMetadataFile(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', `the metadata file ${file} cannot be written: ${reasonOf(error)}`, {
      hint: 'name a file in a writable folder',
      cause: error,
    });
  }
}

async function writeMetadata(file: string, build: ShownBuild): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(buildToJson(build), undefined, 2)}\n`);
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', `the metadata file ${file} cannot be written: ${reasonOf(error)}`, {
      hint: `the build is ${build.state}: for its result, see twinhull status ${build.id}`,
    });
  }
}

/** The first Ctrl-C cancels the build; the second exits at once, and a background process finishes cancelling. */
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
    notice(stderr, 'cancelling; press Ctrl-C again to exit at once');
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
