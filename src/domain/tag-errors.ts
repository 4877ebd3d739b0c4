import { TwinhullError } from './errors/twinhull-error.ts';
import type { TagRefusal } from './tag-ownership.ts';

/** Why a tag of a registry's repository is not moved. */
export function tagRefused(repository: string, tag: string, { code, why, hint }: TagRefusal): TwinhullError {
  return new TwinhullError(code, `${repository}:${tag} ${why}`, { hint });
}

/** The registry itself does not let the tag move, also not for its owner. */
export function tagImmutable(repository: string, tag: string, digest: string): TwinhullError {
  return new TwinhullError('TagImmutable', `${repository}:${tag} is immutable and points to ${digest}`);
}

/** @param holder id of the live build that is going to publish the tag */
export function tagInUse(repository: string, tag: string, holder: string): TwinhullError {
  return new TwinhullError('TagInUse', `build ${holder} is live and publishes ${repository}:${tag}`, {
    hint: `wait for it (twinhull wait ${holder}) or cancel it (twinhull cancel ${holder})`,
  });
}
