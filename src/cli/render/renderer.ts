import type { Writable } from 'node:stream';
import type { BuildRenderer } from './build-renderer.ts';
import { displayOf, type Screen } from './display.ts';
import { LiveRenderer } from './live-renderer.ts';
import { holdStream } from './notice.ts';
import { PlainRenderer } from './plain-renderer.ts';

/** How progress is shown. */
export interface RendererOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Text of the bottom line for Ctrl-C. @default 'Ctrl-C cancels the build' */
  readonly interruptHint?: string;
}

/** Two live lanes on a terminal, otherwise one line per item. */
export function createRenderer(stream: Writable & Screen, options: RendererOptions = {}): BuildRenderer {
  const { environment = process.env, interruptHint = 'Ctrl-C cancels the build' } = options;
  const display = (): ReturnType<typeof displayOf> => displayOf(stream, environment);
  const isLive = stream.isTTY === true && environment['TERM'] !== 'dumb' && !environment['CI'];
  const renderer = isLive
    ? new LiveRenderer({ stream, display, interruptHint })
    : new PlainRenderer({ stream, display: display() });
  holdStream(stream, renderer);
  return renderer;
}
