import type { RunContext, StartRun } from '../../lab/batch-stand-in/run.ts';
import { buildFailed, mark } from './batch-conduct.ts';

export interface Printing {
  /** The text of the log so far, without the builder's marks. */
  readonly text: () => string;
  readonly run: StartRun;
  /** Lets the job end, like one whose build failed. */
  readonly end: () => void;
}

/** A job that prints numbered lines at a given rate, until it is ended. */
export function printing(linesPerSecond: number): Printing {
  let [lines, text] = [0, ''];
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const run: StartRun = (context: RunContext) => {
    context.log(mark(context, `hello 1 ${Math.floor(context.clock.now() / 1000)} ${context.jobId}-1`));
    context.log(mark(context, 'begin build app'));
    const print = (line: string): void => {
      context.log(line);
      text += `${line}\n`;
    };
    const printer = setInterval(() => print(`line ${(lines += 1)} ${'é'.repeat(40)}`), 1000 / linesPerSecond);
    const ended = over.then(() => {
      clearInterval(printer);
      print('error: it went wrong');
      context.log(mark(context, 'fail build app step-failed 1 the script ended badly'));
      return buildFailed;
    });
    return { ended, signal: () => end() };
  };
  return { text: () => text, run, end: () => end() };
}
