/** Where to scroll a log once its rows are there. */
export interface LogTarget {
  /** Index of a line. */
  readonly line: number;
  /** Its distance from the top of the box in pixels; in the middle where it is undefined. */
  readonly top?: number;
}

/** What an entry of the history keeps of a log. */
export interface KeptPlace extends LogTarget {
  readonly atEnd: boolean;
  /** Indexes of phases. */
  readonly folded: readonly number[];
}

interface KeptState {
  /** By the path of the log. */
  readonly logs?: Readonly<Record<string, KeptPlace | undefined>>;
}

/** Where a log was left in this entry of the history. */
export function keptPlace(path: string): KeptPlace | undefined {
  return (history.state as KeptState | null)?.logs?.[path];
}

export function keepPlace(path: string, place: KeptPlace): void {
  const state = history.state as KeptState | null;
  history.replaceState({ ...state, logs: { ...state?.logs, [path]: place } }, '');
}
