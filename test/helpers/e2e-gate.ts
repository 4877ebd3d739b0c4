import type { ServerResponse } from 'node:http';
import type { E2eBed } from './e2e-bed.ts';
import { startMirror } from './mirror-server.ts';

export interface Gate {
  /** A Dockerfile whose last step waits at the gate. The salt tells commits apart, also for the layer cache. */
  dockerfile(salt: string): string;
  /** How many steps stand there now. */
  waiting(): number;
  /** Lets those that stand there through, and all that come later. */
  letGo(): void;
  close(): Promise<void>;
}

/** What a step of a Dockerfile asks for, and gets no answer from until the test says so. */
export async function openGate(bed: E2eBed): Promise<Gate> {
  let isOpen = false;
  const held: ServerResponse[] = [];
  const server = await startMirror(bed.lab.bridgeAddress, (path, response) => {
    if (isOpen) response.end(`${path}\n`);
    else held.push(response);
  });
  return {
    dockerfile: (salt) => {
      const url = `${server.url}/${bed.name}/${salt}/$(uname -m)`;
      return `FROM ${bed.lab.images.busybox}\nRUN wget -q -O /answer "${url}"\n`;
    },
    waiting: () => held.filter((response) => !response.closed).length,
    letGo: () => {
      isOpen = true;
      for (const response of held.splice(0)) response.end('late\n');
    },
    close: () => server.stop(),
  };
}
