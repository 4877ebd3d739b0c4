import type { Run, RunContext, RunEnd, StartRun } from './run.ts';

export interface RunScript {
  /** Duration, in milliseconds. */
  readonly milliseconds: number;
  readonly end: RunEnd;
  /** Printed at the start. */
  readonly lines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Printed when it ends by itself. */
  readonly lastLines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Printed when SIGTERM ends it. */
  readonly termLines?: readonly string[] | ((context: RunContext) => readonly string[]);
  /** Called when it ends by itself, for example to push its images. */
  readonly onEnd?: (context: RunContext) => void;
  /** How long it continues after SIGTERM, in milliseconds. @default 0 */
  readonly ignoresTermMilliseconds?: number;
}

/** A simulated run: no process, only times, output and an end. */
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
