import type { Build } from '../../domain/build.ts';
import {
  type CurrentTag,
  judgeTagMove,
  type TagOwner,
  type TagRecord,
  type TagRefusal,
  type TagVerdict,
  tagRefused,
  type WantedTag,
} from '../../domain/tag-ownership.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Registry } from '../../ports/registry.ts';

/** Where a tag points, and who owns it therefore. */
export async function standingTag(
  destination: string,
  tag: string,
  { store, registry }: { readonly store: BuildStore; readonly registry: Registry },
): Promise<CurrentTag | undefined> {
  const digest = await registry.resolve(tag);
  return digest === undefined ? undefined : { digest, record: await store.tagRecord(destination, tag, digest) };
}

type MovedTag = Pick<WantedTag, 'tag' | 'moving' | 'digest'> & { readonly image: string };

type MoveOf = Pick<Build, 'repository' | 'recipe' | 'commit' | 'destination' | 'createdAt' | 'force'>;

/** Whether a build may move a tag. @throws TagExists, ReferenceInvalid */
export function decideMove(
  build: MoveOf,
  { tag, moving, digest, image }: MovedTag,
  current: CurrentTag | undefined,
): Exclude<TagVerdict, TagRefusal> {
  const wanted = { tag, moving, digest, owner: ownerOf(build, image), decidedAt: build.createdAt, force: build.force };
  const verdict = judgeTagMove(wanted, current);
  if (verdict.verdict === 'refuse') throw tagRefused(build.destination, tag, verdict);
  return verdict;
}

/** The owner that force takes the tag from: null for an unknown one, undefined if it takes it from none. */
export function takenFrom(decision: TagVerdict): TagOwner | null | undefined {
  return decision.verdict === 'put' ? decision.takenFrom : undefined;
}

function ownerOf({ repository, recipe, commit }: Omit<TagOwner, 'image'>, image: string): TagOwner {
  return { repository, recipe, image, commit };
}

/** What is recorded before a build moves a tag. */
export function recordOf(build: Build, move: MovedTag & { readonly digest: string }): TagRecord {
  const { tag, digest, moving, image } = move;
  const { destination, id: buildId, createdAt: decidedAt } = build;
  return { destination, tag, digest, moving, buildId, decidedAt, owner: ownerOf(build, image) };
}
