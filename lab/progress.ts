import pc from 'picocolors';
import type { AssembleListener } from './assemble.ts';

export interface LabListener extends AssembleListener {
  /** Another process, with this id, is working on the lab. */
  onWait(pid: string): void;
}

/** Prints one line on stderr as a part starts and one when it is up; nothing when everything is healthy. */
export function createProgress(): LabListener {
  const print = (text: string): void => void process.stderr.write(`${pc.dim('lab:')} ${text}\n`);
  return {
    onStart: (name, reason) => print(`${name} ... ${pc.dim(`(${reason})`)}`),
    onFinish: ({ name, seconds }) => print(`${pc.green(name)} in ${seconds.toFixed(1)} s`),
    onWait: (pid) => print(`process ${pid} is at work on the lab; waiting for it`),
  };
}
