import { z } from 'zod';
import { isTag } from '../../domain/image-reference.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';

/** docker-registry answers null where the last tag was removed. */
const tagPage = z.object({ tags: z.array(z.string()).nullish() });

/** @throws RegistryRefused when it is no list of tags */
export function parseTagPage(bytes: Buffer, repository: string): readonly string[] {
  try {
    return (tagPage.parse(JSON.parse(bytes.toString('utf8'))).tags ?? []).filter(isTag);
  } catch (cause) {
    throw new TwinhullError('RegistryRefused', `the answer to "which tags has ${repository}?" is no list of tags`, {
      cause,
    });
  }
}

/**
 * Path of the page that a `Link` header names, below the repository; undefined after the last. Only where to go on is
 * taken from it: the host and path are the ones that we know
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags).
 */
export function nextPage(link: string | undefined, perPage: number): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'http://registry')) return undefined;
  const last = new URL(target, 'http://registry').searchParams.get('last');
  return last === null ? undefined : `tags/list?${new URLSearchParams({ n: String(perPage), last }).toString()}`;
}
