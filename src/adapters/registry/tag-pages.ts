import { z } from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isTag } from '../../domain/image-reference.ts';
import { readJson } from '../../domain/strict-json.ts';

/** docker-registry returns null once the last tag is removed. */
const tagPage = z.object({ tags: z.array(z.string()).nullish() });

/** @throws RegistryRefused when it is no list of tags */
export function parseTagPage(bytes: Buffer, repository: string): readonly string[] {
  try {
    return (tagPage.parse(readJson(bytes)).tags ?? []).filter(isTag);
  } catch (cause) {
    throw new TwinhullError('RegistryRefused', `the response to the tag list of ${repository} is not a list of tags`, {
      cause,
    });
  }
}

/**
 * Path of the next page from a `Link` header, relative to the repository; undefined after the last one. Only the `last`
 * parameter is used: host and path stay the known ones
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags).
 */
export function nextPage(link: string | undefined, perPage: number): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'http://registry')) return undefined;
  const last = new URL(target, 'http://registry').searchParams.get('last');
  return last === null ? undefined : `tags/list?${new URLSearchParams({ n: String(perPage), last }).toString()}`;
}
