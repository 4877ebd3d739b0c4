import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FollowItem } from '../../pipeline/follow.ts';
import type { BuildRenderer } from './build-renderer.ts';
import { type BuildView, emptyView, viewAfter } from './build-view.ts';
import type { Display } from './display.ts';
import { type Frame, finalLines, frameLines } from './frame.ts';
import { LogTails } from './log-tail.ts';
import { RedrawnArea } from './redrawn-area.ts';

/** Minimum time between two redraws, in milliseconds: about 15 a second. */
const pause = 66;
/** How often the clocks are updated when nothing happens. */
const tick = 500;

/** Where and how the live display is drawn. */
export interface LiveRendererOptions {
  readonly stream: Writable;
  /** Called at every redraw: the terminal may have been resized. */
  readonly display: () => Display;
  readonly interruptHint: string;
  /** @default Date.now */
  readonly now?: () => number;
}

/** One lane per platform at the end of the terminal, redrawn in place. */
export class LiveRenderer implements BuildRenderer {
  readonly #options: LiveRendererOptions;
  readonly #area: RedrawnArea;
  readonly #tails = new LogTails();
  #view: BuildView = emptyView;
  #timer: NodeJS.Timeout | undefined;
  #drawnAt = 0;
  #isSoon = false;
  #isClosed = false;
  readonly #onResize = (): void => this.#drawSoon();
  readonly #onExit = (): void => this.#area.restore();

  constructor(options: LiveRendererOptions) {
    this.#options = options;
    this.#area = new RedrawnArea(options.stream);
    options.stream.on('resize', this.#onResize);
    process.on('exit', this.#onExit);
    this.#drawSoon();
  }

  item(item: FollowItem): void | Promise<void> {
    if (item.kind === 'event') this.#view = viewAfter(this.#view, item.event);
    else this.#tails.add(item);
    this.#drawSoon();
    if (Date.now() - this.#drawnAt < pause) return;
    // A fast stream would starve timers and signals: draw here, then yield to them.
    this.#draw();
    return setImmediate();
  }

  notice(text: string): void {
    if (this.#isClosed) this.#options.stream.write(`${text}\n`);
    else {
      this.#area.leave([text], this.#options.display().columns);
      this.#draw();
    }
  }

  done(): void {
    this.#close(finalLines(this.#frame()));
  }

  close(): void {
    this.#close([]);
  }

  #close(lastLines: readonly string[]): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#options.stream.off('resize', this.#onResize);
    process.off('exit', this.#onExit);
    this.#area.leave(lastLines, this.#options.display().columns);
  }

  #drawSoon(): void {
    if (this.#isClosed || this.#isSoon) return;
    this.#isSoon = true;
    this.#drawAfter(Math.max(0, this.#drawnAt + pause - Date.now()));
  }

  #drawAfter(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), delay);
  }

  #draw(): void {
    if (this.#isClosed) return;
    this.#drawnAt = Date.now();
    this.#isSoon = false;
    const frame = this.#frame();
    // A terminal that reads slowly skips frames.
    if (!this.#options.stream.writableNeedDrain) this.#area.draw(frameLines(frame), frame.display.columns);
    this.#drawAfter(tick);
  }

  #frame(): Frame {
    const { display, interruptHint, now = Date.now } = this.#options;
    return {
      view: this.#view,
      logOf: (platform) => this.#tails.of(platform),
      interruptHint,
      now: now(),
      display: display(),
    };
  }
}
