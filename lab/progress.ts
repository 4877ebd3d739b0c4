import pc from 'picocolors';
import type { LabListener } from './lab.ts';

/** One line on stderr as a part starts and one as it stands; nothing at all when everything is well. */
export function createProgress(): LabListener {
  const print = (text: string): void => void process.stderr.write(`${pc.dim('lab:')} ${text}\n`);
  return {
    onStart: (name, reason) => print(`${name} ... ${pc.dim(`(${reason})`)}`),
    onFinish: ({ name, seconds }) => print(`${pc.green(name)} in ${seconds.toFixed(1)} s`),
    onWait: (pid) => print(`process ${pid} is at work on the lab; waiting for it`),
  };
}
