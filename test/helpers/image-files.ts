import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import type { RegistryView } from './registry-view.ts';

/** The layers of an image of one platform, as plain tar files, lowest first. */
export async function layersOf(registry: RegistryView, digest: string): Promise<readonly Buffer[]> {
  const { layers = [] } = await registry.manifest(digest);
  return Promise.all(layers.map(async (layer) => gunzipSync(await registry.blob(layer.digest))));
}

/** The plain files of an image of one platform, by their paths without a leading slash. */
export async function filesOf(registry: RegistryView, digest: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const layer of await layersOf(registry, digest)) {
    for await (const entry of Readable.from([layer]).pipe(extract())) {
      const content = await buffer(entry);
      if (entry.header.type === 'file') files.set(entry.header.name, content.toString());
    }
  }
  return files;
}
