import { z } from 'zod';
import type { ManifestBytes } from './image-index.ts';
import { digestOf } from './image-reference.ts';

const annotation = 'dev.twinhull.removed';

/**
 * The same image under a digest that nothing else names: made for one tag, to be deleted with it. All that it refers to
 * is in the registry, so that none refuses it.
 */
export function placeholderFor(
  { mediaType, bytes }: ManifestBytes,
  tag: string,
): ManifestBytes & { readonly digest: string } {
  const document = JSON.parse(bytes.toString('utf8')) as object;
  const annotations = { [annotation]: `${tag}@${digestOf(bytes)}` };
  const placeholder = Buffer.from(JSON.stringify({ ...document, annotations }));
  return { mediaType, bytes: placeholder, digest: digestOf(placeholder) };
}

/** The tag that a manifest is the placeholder of: where it still stands, its removal was interrupted. */
export function placeholderTag({ bytes }: ManifestBytes): string | undefined {
  const text = bytes.toString('utf8');
  if (!text.includes(annotation)) return undefined;
  return placeholderSchema.safeParse(JSON.parse(text)).data?.annotations[annotation].split('@')[0];
}

const placeholderSchema = z.object({ annotations: z.object({ [annotation]: z.string() }) });
