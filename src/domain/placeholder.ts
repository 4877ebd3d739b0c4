import { z } from 'zod';
import type { ManifestBytes } from './image-document.ts';
import { digestOf } from './image-reference.ts';
import { readJsonIfValid } from './strict-json.ts';

const annotation = 'dev.twinhull.removed';

/**
 * The same image under a digest that nothing else references: created for one tag, to be deleted with it. Everything
 * that it references is in the registry, so no registry refuses it.
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

/** The tag that a manifest is the placeholder of: if it still exists, its removal was interrupted. */
export function placeholderTag({ bytes }: ManifestBytes): string | undefined {
  if (!bytes.includes(annotation)) return undefined;
  return placeholderSchema.safeParse(readJsonIfValid(bytes)).data?.annotations[annotation].split('@')[0];
}

const placeholderSchema = z.object({ annotations: z.object({ [annotation]: z.string() }) });
