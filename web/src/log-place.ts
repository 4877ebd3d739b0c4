/** Of a link such as `#arm64-L120-L140` or `#arm64-2-L7`, where 2 is the attempt. */
export interface LinePlace {
  readonly platform: string;
  readonly attempt: number | undefined;
  /** From 1. */
  readonly from: number;
  readonly to: number;
}

export function parsePlace(hash: string): LinePlace | undefined {
  const [, platform, attempt, from, to] = /^#(arm64|amd64)(?:-(\d{1,4}))?-L(\d{1,9})(?:-L(\d{1,9}))?$/.exec(hash) ?? [];
  if (platform === undefined || from === undefined) return undefined;
  const ends = [Number(from), Number(to ?? from)];
  return {
    platform,
    attempt: attempt === undefined ? undefined : Number(attempt),
    from: Math.max(1, Math.min(...ends)),
    to: Math.max(...ends),
  };
}

export function formatPlace({ platform, attempt, from, to }: LinePlace): string {
  const which = attempt === undefined ? '' : `-${String(attempt)}`;
  return `#${platform}${which}-L${String(from)}${to === from ? '' : `-L${String(to)}`}`;
}
