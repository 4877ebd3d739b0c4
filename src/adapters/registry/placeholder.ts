import { digestOf } from '../../domain/image-reference.ts';
import type { StoredManifest } from '../../ports/registry.ts';

/**
 * The same image under a digest that nothing else names: made for one tag, to be deleted with it. All that it refers to
 * is in the registry, so that none refuses it.
 */
export function placeholderFor({ mediaType, bytes, digest }: StoredManifest, tag: string): StoredManifest {
  const document = JSON.parse(bytes.toString('utf8')) as object;
  const annotations = { 'dev.twinhull.removed': `${tag}@${digest}` };
  const placeholder = Buffer.from(JSON.stringify({ ...document, annotations }));
  return { mediaType, bytes: placeholder, digest: digestOf(placeholder) };
}
