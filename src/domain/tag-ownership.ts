import { shortCommit, shortCommitLength } from './commit.ts';
import { TwinhullError } from './errors/twinhull-error.ts';
import { repositoryIdentity } from './git-repository.ts';

/** The owner of a published tag. */
export interface TagOwner {
  /** Canonical clone URL. */
  readonly repository: string;
  /** Name of the recipe. */
  readonly recipe: string;
  readonly image: string;
  readonly commit: string;
}

/** Which owner put a digest at a tag: recorded before the tag moves, so that no crash leaves a tag without an owner. */
export interface TagRecord {
  /** `host[:port]/path` of the registry's repository. */
  readonly destination: string;
  readonly tag: string;
  readonly digest: string;
  readonly owner: TagOwner;
  readonly moving: boolean;
  readonly buildId: string;
  /** When the build was submitted, or the tag promoted, in milliseconds since the Unix epoch. */
  readonly decidedAt: number;
}

/** A tag that is to point to an image of `owner`. */
export interface WantedTag extends Pick<TagRecord, 'tag' | 'owner' | 'moving' | 'decidedAt'> {
  /** Undefined until the image is built. */
  readonly digest?: string | undefined;
  /** Whether the user confirmed the replacement of a tag of an unknown owner, or of a moving tag of another owner. */
  readonly force: boolean;
}

/** Where a tag points now, and the record of who put that digest there; without a record its owner is unknown. */
export interface CurrentTag {
  readonly digest: string;
  readonly record?: TagRecord | undefined;
}

/**
 * - `put`: the tag may be moved; `takenFrom` is the owner that force takes it from, null for an unknown one
 * - `leave`: it already points to the wanted digest, and keeps its owner
 * - `keep`: a later submit or promotion of the same owner has moved it
 * - `refuse`: with the reason, which messages put after the name of the tag
 */
export type TagVerdict =
  | { readonly verdict: 'put'; readonly takenFrom?: TagOwner | null }
  | { readonly verdict: 'leave' | 'keep' }
  | TagRefusal;

/** Why a tag must not be moved; `why` completes a sentence that begins with the tag's name. */
export interface TagRefusal {
  readonly verdict: 'refuse';
  readonly code: 'ReferenceInvalid' | 'TagExists';
  readonly why: string;
  readonly hint: string;
}

/**
 * Whether a tag may be moved: the same rule for submit, publish and promote.
 *
 * - A tag that reads as a commit is for that commit alone.
 * - A fixed tag is replaced only by its owner with the same commit, with or without force.
 * - A moving tag belongs to repository, recipe and image; force takes it over.
 * - A tag without a record belongs to an unknown owner; force takes it over.
 */
export function judgeTagMove(wanted: WantedTag, current: CurrentTag | undefined): TagVerdict {
  const { tag, owner, digest, moving, decidedAt, force } = wanted;
  const other = otherCommitIn(tag, owner.commit);
  if (other !== undefined) {
    return {
      verdict: 'refuse',
      code: 'ReferenceInvalid',
      why: `looks like commit ${other}, not ${owner.commit}`,
      hint: rename,
    };
  }
  if (current === undefined) return { verdict: 'put' };
  const { record } = current;
  const isEqual = digest === current.digest;
  if (record === undefined) {
    if (isEqual) return { verdict: 'put' };
    if (force) return { verdict: 'put', takenFrom: null };
    return refuse(`already exists (${current.digest}) and no build in this store published it`, useOrForce);
  }
  if (mayReplace(record, wanted)) {
    return { verdict: moving && !isEqual && record.decidedAt > decidedAt ? 'keep' : 'put' };
  }
  if (isEqual) return { verdict: 'leave' };
  const is = `is a ${record.moving ? 'moving' : 'fixed'} tag of ${describeOwner(record.owner)} (build ${record.buildId})`;
  const not = `${describeOwner(owner)} must not replace it`;
  if (!record.moving || !moving) return refuse(`${is}; ${not}`, renameOrRemove);
  if (force) return { verdict: 'put', takenFrom: record.owner };
  return refuse(`${is}; ${not} without --force`, renameOrForce);
}

/** Fixed tags stay fixed: a moving tag could later move to another commit. */
function mayReplace(record: TagRecord, { owner, moving }: WantedTag): boolean {
  if (!isSameOwner(record.owner, owner)) return false;
  if (record.moving && moving) return true;
  return record.owner.commit === owner.commit && (record.moving || !moving);
}

/** Whether repository, recipe and image are the same, for any commit. */
function isSameOwner(one: TagOwner, other: TagOwner): boolean {
  return (
    repositoryIdentity(one.repository) === repositoryIdentity(other.repository) &&
    one.recipe === other.recipe &&
    one.image === other.image
  );
}

/**
 * The part of the text that reads as a full object name, SHA-1 or SHA-256, other than `commit`. The commit itself may
 * be part of a longer text, such as `e{commit}`.
 */
export function otherCommitIn(text: string, commit?: string): string | undefined {
  const lower = text.toLowerCase();
  return /[0-9a-f]{40,}/.exec(commit === undefined ? lower : lower.replaceAll(commit, '.'))?.[0];
}

/**
 * The beginning of the text, if it reads as an abbreviation of another commit: at least as many hexadecimal digits as
 * `{short}` has. Digits alone are dates and ticket numbers, letters alone are words.
 */
export function otherAbbreviationIn(text: string, commit: string): string | undefined {
  const beginning = /^[0-9a-f]+(?![0-9a-z])/i.exec(text)?.[0].toLowerCase() ?? '';
  const readsAsHash = beginning.length >= shortCommitLength && /\d/.test(beginning) && /[a-f]/.test(beginning);
  return readsAsHash && !commit.startsWith(beginning) ? beginning : undefined;
}

const rename = 'name a branch or tag that holds no other hash';
const useOrForce = 'use the existing image, or replace it with --force';
const renameOrRemove = 'publish under another tag, or remove this one from the registry first';
const renameOrForce = 'publish under another tag, or take this one over with --force';

function refuse(why: string, hint: string): TagRefusal {
  return { verdict: 'refuse', code: 'TagExists', why, hint };
}

/** Describes an owner for messages. */
export function describeOwner({ repository, recipe, image, commit }: TagOwner): string {
  return `image ${image} of recipe ${recipe} from ${repository} at ${shortCommit(commit)}`;
}

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
