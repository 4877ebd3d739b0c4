import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { architectureOf, type LabPlatform } from '../platforms.ts';
import { type Descriptor, mediaTypes, putBlob, putManifest } from './registry-api.ts';

export interface ImageRecipe {
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  readonly platform: LabPlatform;
  /** An uncompressed tar archive: the one layer. */
  readonly layer: Readable;
  /** Temporary file for the compressed layer. */
  readonly workFile: string;
  readonly command: readonly string[];
}

/** Creates an image of one layer and pushes it to a registry without an engine. */
export async function pushImage(recipe: ImageRecipe): Promise<void> {
  const { host, repository, workFile } = recipe;
  try {
    const { digest, diffId } = await compress(recipe.layer, workFile);
    const bytes = await readFile(workFile);
    const layer: Descriptor = { mediaType: mediaTypes.layer, digest, size: bytes.length };
    await putBlob(host, repository, layer, bytes);
    const config = Buffer.from(JSON.stringify(configuration(recipe, diffId)));
    const configDescriptor = { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length };
    await putBlob(host, repository, configDescriptor, config);
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [layer] };
    await putManifest(host, repository, recipe.tag, mediaTypes.manifest, JSON.stringify(manifest));
  } finally {
    await rm(workFile, { force: true });
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Writes a compressed layer to `file`. @returns the digests of its compressed and its uncompressed form */
export async function compress(layer: Readable, file: string): Promise<{ digest: string; diffId: string }> {
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  // Level 1: the image never leaves this machine, so time matters more than a few megabytes.
  await pipeline(
    layer,
    tap((chunk) => plain.update(chunk)),
    createGzip({ level: 1 }),
    tap((chunk) => packed.update(chunk)),
    createWriteStream(file),
  );
  return { diffId: `sha256:${plain.digest('hex')}`, digest: `sha256:${packed.digest('hex')}` };
}

function tap(see: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      see(chunk);
      done(null, chunk);
    },
  });
}

function configuration({ platform, command }: ImageRecipe, diffId: string): object {
  return {
    architecture: architectureOf(platform),
    ...(platform === 'linux/arm64' ? { variant: 'v8' } : {}),
    os: 'linux',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: command },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'twinhull lab' }],
  };
}
