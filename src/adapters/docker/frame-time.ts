/**
 * With `timestamps`, the engine begins the payload of every frame with the moment of its entry and a space: 30
 * characters, in UTC (`RFC3339NanoFixed`,
 * https://github.com/moby/moby/blob/v28.5.1/pkg/jsonmessage/jsonmessage.go). Podman leaves out zeros at the end, and may
 * name another zone.
 */
export const longestFrameTime = '2026-03-04T05:06:07.123456789+02:00 '.length;

const space = 0x20;
const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) $/;

/** A moment at the beginning of a frame. */
export interface FrameTime {
  /** In whole milliseconds since the Unix epoch. */
  readonly at: number;
  /** How many bytes it takes, the space after it included. */
  readonly length: number;
}

/**
 * Reads the moment at the beginning of a frame.
 * @param start the first `longestFrameTime` bytes of its payload, or all of a shorter one
 * @returns undefined where the engine wrote none
 */
export function readFrameTime(start: Buffer): FrameTime | undefined {
  const end = start.indexOf(space);
  if (end < 0 || end >= longestFrameTime) return undefined;
  const text = start.toString('latin1', 0, end + 1);
  if (!shape.test(text)) return undefined;
  const at = Date.parse(text.slice(0, -1));
  return Number.isNaN(at) ? undefined : { at, length: end + 1 };
}
