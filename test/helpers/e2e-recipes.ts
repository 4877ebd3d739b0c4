import { stringify } from 'yaml';

/** A recipe of one image, `app`, from the Dockerfile of the repository unless `image` overrides it. */
export function oneImage(image: object = {}, more: object = {}): string {
  return stringify({ version: 1, name: 'one', images: { app: { dockerfile: { cache: false }, ...image } }, ...more });
}
