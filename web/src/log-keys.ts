import { useEffect, useRef } from 'preact/hooks';

/** What keys do in a log. */
export interface LogKeys {
  /** Goes to the next or previous line that reads like an error. */
  error: (by: 1 | -1) => void;
  /** Goes to the next or previous match of the search. */
  match: (by: 1 | -1) => void;
  /** Folds or unfolds all phases. */
  fold: () => void;
}

const panes: LogKeys[] = [];
let used: LogKeys | undefined;

/** The keys of the log that was used last, or of the first one. */
export function logKeys(): LogKeys | undefined {
  return used ?? panes[0];
}

/** Offers the keys of a log while it is shown. @returns to be called when the log is used */
export function useLogKeys(keys: LogKeys): () => void {
  const own = useRef({ ...keys }).current;
  Object.assign(own, keys);
  useEffect(() => {
    panes.push(own);
    return () => {
      panes.splice(panes.indexOf(own), 1);
      if (used === own) used = undefined;
    };
  }, [own]);
  return () => (used = own);
}
