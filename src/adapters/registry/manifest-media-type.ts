import { z } from 'zod';
import { isIndexMediaType, isManifestMediaType, mediaTypes } from '../../domain/image-index.ts';

const generic: ReadonlySet<string> = new Set(['', 'application/json', 'application/octet-stream', 'text/plain']);

const document = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(z.unknown()).optional(),
  config: z.unknown().optional(),
});

/**
 * What kind of manifest was received: as the registry says; where it says something general (some registries and
 * caches serve manifests as plain JSON), as the manifest says of itself; and at last by its shape.
 */
export function manifestMediaType(contentType: string | undefined, bytes: Buffer): string {
  const served = (contentType ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  if (!generic.has(served)) return served;
  const { data } = document.safeParse(parseJson(bytes));
  const own = data?.mediaType;
  if (own !== undefined && (isIndexMediaType(own) || isManifestMediaType(own))) return own;
  if (data?.manifests !== undefined) return mediaTypes.ociIndex;
  return data?.config === undefined ? served : mediaTypes.ociManifest;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
