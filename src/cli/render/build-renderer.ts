import type { ShownBuild } from '../../build-json/shown-build.ts';
import type { FollowItem } from '../../pipeline/follow.ts';

/** Shows a build while it runs. */
export interface BuildRenderer {
  /** Await the result, so that a slow reader slows the stream down. */
  item(item: FollowItem): void | Promise<void>;
  /** Prints an unrelated line without disturbing the display. Other code calls `notice(stream, text)`. */
  notice(text: string): void;
  /** The build has ended: prints the summary and restores the terminal. */
  done(build: ShownBuild): void | Promise<void>;
  /** Restores the terminal although the build continues. Idempotent. */
  close(): void;
}
