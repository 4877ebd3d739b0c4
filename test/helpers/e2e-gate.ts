import type { ServerResponse } from 'node:http';
import type { E2eBed } from './e2e-bed.ts';
import { startMirror } from './mirror-server.ts';

export interface Gate {
  /** A Dockerfile whose last step waits at the gate. The salt makes commits differ, also for the layer cache. */
  dockerfile(salt: string): string;
  /** How many steps are waiting now. */
  waiting(): number;
  /** Releases all waiting steps, and all later ones. */
  letGo(): void;
  close(): Promise<void>;
}

/** A server that keeps steps of Dockerfiles waiting for its answer until the test releases them. */
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
