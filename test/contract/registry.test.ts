import { openRegistry } from '../../src/adapters/registry/oci-registry.ts';
import { registryVariants, startRegistry } from '../helpers/registry-server.ts';
import { registryContract } from './registry.contract.ts';

for (const variant of registryVariants) {
  registryContract(`docker-registry, ${variant}`, async () => {
    const server = await startRegistry({ variant });
    const { caFile } = server;
    const opened: { close(): Promise<void> }[] = [];
    return {
      server,
      open: (path) => {
        const registry = openRegistry(`${server.host}/${path}`, {
          caFile,
          credentials: async () => server.credentials,
        });
        opened.push(registry);
        return registry;
      },
      stop: async () => {
        await Promise.all(opened.map((registry) => registry.close()));
        await server.stop();
      },
    };
  });
}
