import type { Writable } from 'node:stream';
import type { FollowItem } from '../../pipeline/follow.ts';
import type { ShownBuild } from '../../presentation/shown-build.ts';
import { displayOf, type Screen } from './display.ts';
import { LiveRenderer } from './live-renderer.ts';
import { holdStream } from './notice.ts';
import { PlainRenderer } from './plain-renderer.ts';

/** Shows a build while it goes on. */
export interface BuildRenderer {
  /** Await what it returns: that is how a slow reader slows the stream down. */
  item(item: FollowItem): void | Promise<void>;
  /** A line of somebody else, put where it spoils nothing. Others reach it by `notice(stream, text)`. */
  notice(text: string): void;
  /** The build has ended: says the last word and leaves the terminal as it was. */
  done(build: ShownBuild): void | Promise<void>;
  /** Leaves the terminal as it was although the build goes on. May be called at any time, and again. */
  close(): void;
}

export interface RendererOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether `--no-color` was given. @default false */
  readonly noColour?: boolean;
  /** What the line at the bottom says that a Ctrl-C does. @default 'Ctrl-C cancels the build' */
  readonly interruptHint?: string;
}

/** Two live lanes on a terminal, else one line per happening. */
export function createRenderer(stream: Writable & Screen, options: RendererOptions = {}): BuildRenderer {
  const { environment = process.env, noColour = false, interruptHint = 'Ctrl-C cancels the build' } = options;
  const display = (): ReturnType<typeof displayOf> => displayOf(stream, environment, noColour);
  const isLive = stream.isTTY === true && environment['TERM'] !== 'dumb' && !environment['CI'];
  const renderer = isLive
    ? new LiveRenderer({ stream, display, interruptHint })
    : new PlainRenderer({ stream, display: display() });
  holdStream(stream, renderer);
  return renderer;
}
