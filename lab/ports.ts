import { createServer } from 'node:net';

/** The wanted port if it is free on all the addresses, otherwise another free one. */
export async function choosePort(wanted: number, addresses: readonly string[]): Promise<number> {
  if (await isFreeOnAll(wanted, addresses)) return wanted;
  for (let port = wanted + 1; port < wanted + 100; port += 1) {
    if (await isFreeOnAll(port, addresses)) return port;
  }
  throw new Error(`no free port from ${wanted} on`);
}

export async function isFreeOnAll(port: number, addresses: readonly string[]): Promise<boolean> {
  for (const address of addresses) {
    if (!(await isFree(port, address))) return false;
  }
  return true;
}

function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
