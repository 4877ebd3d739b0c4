import { cpus, release, totalmem } from 'node:os';
import { docker, engineHost } from '../lab/engine-client.ts';

/** What the numbers depend on, without anything that identifies the machine. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly engine: string;
  readonly node: string;
}

export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  const engine = await docker(engineHost(), ['version', '--format', '{{.Server.Version}}']);
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    engine: `Docker Engine ${engine.trim()}`,
    node: `Node ${process.version.slice(1)}`,
  };
}
