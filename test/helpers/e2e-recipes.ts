import { stringify } from 'yaml';

/** A recipe of one image, `app`, by the Dockerfile of the repository unless `image` says else. */
export function oneImage(image: object = {}, more: object = {}): string {
  return stringify({ version: 1, name: 'one', images: { app: { dockerfile: { cache: false }, ...image } }, ...more });
}
