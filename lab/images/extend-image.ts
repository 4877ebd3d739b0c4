import { readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { LabError } from '../lab-error.ts';
import { compress, digestOf } from './push-image.ts';
import {
  type Descriptor,
  getBlob,
  getManifest,
  type ImageManifest,
  mediaTypes,
  putBlob,
  putManifest,
} from './registry-api.ts';

export interface ImageExtension {
  readonly host: string;
  readonly repository: string;
  /** Tag of the single-platform image to extend, in the same repository. */
  readonly from: string;
  readonly tag: string;
  /** An uncompressed tar archive: the layer on top. */
  readonly layer: Readable;
  /** Temporary file for the compressed layer. */
  readonly workFile: string;
}

interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly object[];
}

/** Adds a layer to an image in a registry without an engine, so that a foreign platform needs no emulation. */
export async function extendImage({ host, repository, from, tag, layer, workFile }: ImageExtension): Promise<void> {
  const bytes = await getManifest(host, repository, from);
  if (bytes === undefined) throw new LabError(`${repository}:${from} is not in the registry`);
  const manifest = JSON.parse(bytes.toString()) as ImageManifest;
  const config = JSON.parse((await getBlob(host, repository, manifest.config.digest)).toString()) as ImageConfig;
  try {
    const { digest, diffId } = await compress(layer, workFile);
    const added = await readFile(workFile);
    const top: Descriptor = { mediaType: mediaTypes.layer, digest, size: added.length };
    await putBlob(host, repository, top, added);
    const extended = Buffer.from(
      JSON.stringify({
        ...config,
        rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, diffId] },
        history: [...config.history, { created_by: 'twinhull lab' }],
      }),
    );
    const descriptor = { mediaType: mediaTypes.config, digest: digestOf(extended), size: extended.length };
    await putBlob(host, repository, descriptor, extended);
    const body = { ...manifest, config: descriptor, layers: [...manifest.layers, top] };
    await putManifest(host, repository, tag, mediaTypes.manifest, JSON.stringify(body));
  } finally {
    await rm(workFile, { force: true });
  }
}
