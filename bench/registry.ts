import { startRegistry } from '../test/helpers/registry-server.ts';
import type { Bed } from './bed.ts';

/** A registry for one measure. @returns its `host:port` */
export async function openRegistryFor(bed: Bed): Promise<string> {
  const registry = await startRegistry();
  bed.defer(() => registry.stop());
  return `127.0.0.1:${String(registry.port)}`;
}
