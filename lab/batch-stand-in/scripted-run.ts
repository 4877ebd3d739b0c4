import type { Run, RunContext, RunEnd, StartRun } from './run.ts';

export interface RunScript {
  /** How long it takes, in milliseconds. */
  readonly milliseconds: number;
  readonly end: RunEnd;
  /** Printed at its start. */
  readonly lines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Printed when it comes to its own end. */
  readonly lastLines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Printed when TERM ends it. */
  readonly termLines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Done when it comes to its own end, such as the push of its images. */
  readonly onEnd?: (context: RunContext) => void;
  /** How long it goes on after TERM, in milliseconds. @default 0 */
  readonly ignoresTermMilliseconds?: number;
}

/** A run that is only told of: no process, but times, output and an end. */
export function scriptedRun(script: RunScript): StartRun {
  return (context) => {
    const { clock } = context;
    const over = new AbortController();
    let finish: (end: RunEnd) => void = () => undefined;
    const ended = new Promise<RunEnd>((resolve) => (finish = resolve));
    const end = (how: RunEnd): void => {
      if (over.signal.aborted) return;
      over.abort();
      finish(how);
    };
    print(script.lines, context);
    void clock.sleep(script.milliseconds, over.signal).then(() => {
      if (over.signal.aborted) return;
      print(script.lastLines, context);
      script.onEnd?.(context);
      end(script.end);
    });
    const terminated = (): void => {
      if (over.signal.aborted) return;
      print(script.termLines, context);
      end({ exitCode: 143 });
    };
    const signal: Run['signal'] = (name) => {
      if (name === 'KILL') end({ exitCode: 137 });
      else void clock.sleep(script.ignoresTermMilliseconds ?? 0, over.signal).then(terminated);
    };
    return { ended, signal };
  };
}

function print(lines: RunScript['lines'], context: RunContext): void {
  for (const line of (typeof lines === 'function' ? lines(context) : lines) ?? []) context.log(line);
}
