import type { Build } from '../domain/build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { requireImageOrIndex } from '../domain/image-document.ts';
import { parseTag } from '../domain/image-reference.ts';
import { tagProblem } from '../domain/recipe-placeholders.ts';
import { otherAbbreviationIn, otherCommitIn, tagImmutable, tagInUse } from '../domain/tag-ownership.ts';
import type { BuildStore, ListQuery } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';
import { againOnConflict, requireBuild } from './change-build.ts';
import { decideMove, recordOf, standingTag, takenFrom } from './publish/tag-moves.ts';

/** Which published image gets which tag. */
export interface PromoteRequest {
  /** 40 hexadecimal digits, or the first 7 or more. */
  readonly commit: string;
  readonly tag: string;
  /** Image of the recipe. @default the first published one */
  readonly image?: string | undefined;
  /** Take the tag over from another or an unknown owner. @default false */
  readonly force?: boolean | undefined;
  /** Name of the API token that requested it, for the history. */
  readonly by?: string | undefined;
}

/** A tag that was moved; `oldDigest` is undefined for a new tag. */
export interface Promotion {
  readonly buildId: string;
  readonly reference: string;
  readonly digest: string;
  readonly oldDigest?: string | undefined;
}

interface PromoteParts {
  readonly store: BuildStore;
  readonly registryFor: (repository: string) => Registry;
  readonly clock: Clock;
}

/**
 * Points a tag at what a commit published, through the registry alone: nothing is built, no layer copied. The tag
 * becomes a moving one of that build's repository, recipe and image.
 *
 * @throws ArgumentInvalid, ImageNotPublished, ImageReferenceInvalid, VerifyFailed, RegistryUnreachable,
 * RegistryAccessDenied, RegistryRefused
 * @throws TagExists, TagImmutable, TagInUse when the tag is fixed, another owner's, or about to be published
 */
export async function promote(
  { commit, tag, image, force = false, by }: PromoteRequest,
  { store, registryFor, clock }: PromoteParts,
): Promise<Promotion> {
  parseTag(tag);
  refuseReserved(tag, tagProblem(tag) ?? (otherCommitIn(tag) && 'it names a commit'));
  const build = await publishedBuild(store, commit);
  refuseReserved(tag, otherAbbreviationIn(tag, build.commit) && 'it looks like another commit');
  const { image: name, newDigest: digest } = publishedMove(build, image);
  const registry = registryFor(build.destination);
  const manifest = await registry.getManifest(digest);
  if (manifest === undefined) {
    throw new TwinhullError('ImageNotPublished', `${build.destination}@${digest} is no longer in the registry`, {
      hint: 'build the commit again',
    });
  }
  requireImageOrIndex(manifest);
  await refuseFixedLater(build.destination, tag, store);
  const standing = await standingTag(build.destination, tag, { store, registry });
  const move = { tag, digest, image: name, moving: true };
  const decided: Build = { ...build, createdAt: clock.now(), force };
  const decision = decideMove(decided, move, standing);
  const oldDigest = standing?.digest;
  if (decision.verdict !== 'leave') await store.recordTags([recordOf(decided, move)]);
  if (oldDigest !== digest) {
    if (oldDigest !== undefined && (await registry.isImmutable(tag)))
      throw tagImmutable(build.destination, tag, oldDigest);
    await registry.putManifest(tag, manifest);
    const previousOwner = takenFrom(decision);
    const promoted = { type: 'build.promoted', tag, digest, oldDigest, previousOwner, by } as const;
    // The tag has already moved: the history must show it even if another process changed the build in between.
    await againOnConflict(async () => store.append(await requireBuild(store, build.id), [promoted], clock.now()));
  }
  return { buildId: build.id, reference: `${build.destination}:${tag}`, digest, oldDigest };
}

function publishedMove(build: Build, image: string | undefined): Build['tags'][number] {
  const move = build.tags.find((each) => image === undefined || each.image === image);
  if (move !== undefined) return move;
  const names = [...new Set(build.tags.map((each) => each.image))].join(', ');
  throw new TwinhullError('ImageNotPublished', `build ${build.id} published no image "${image ?? ''}"`, {
    hint: `it published: ${names}`,
  });
}

/** Tags that jobs push, or that name a commit: users rely on a build having put them there. */
function refuseReserved(tag: string, problem: string | undefined): void {
  if (problem === undefined) return;
  throw new TwinhullError(
    'ArgumentInvalid',
    `"${tag}" is a tag that builds publish, and must not be moved: ${problem}`,
    {
      hint: 'name a tag of your own, such as stable',
    },
  );
}

/** A fixed tag that a live build is going to publish already belongs to that build. */
async function refuseFixedLater(destination: string, tag: string, store: BuildStore): Promise<void> {
  const holder = await store.liveTagHolder(destination, tag);
  if (holder === undefined) return;
  const plan = await store.loadPlan(holder);
  if (plan.tags.some((planned) => planned.tag === tag && !planned.moving)) throw tagInUse(destination, tag, holder);
}

/** Where published builds are found: the store, or a service in its place. */
interface PublishedBuilds<B> {
  list(query: ListQuery): Promise<readonly { readonly id: string }[]>;
  load(id: string): Promise<B | undefined>;
}

/** The latest published build, of `commit` if given. @throws ImageNotPublished */
export async function publishedBuild<B>(store: PublishedBuilds<B>, commit: string | undefined): Promise<B> {
  const wanted = commit?.toLowerCase();
  if (wanted !== undefined && !/^[0-9a-f]{7,40}$/.test(wanted)) {
    throw new TwinhullError('ImageNotPublished', `"${commit ?? ''}" is neither the id of a build nor a commit`, {
      hint: 'a commit has 7 to 40 hexadecimal digits; see twinhull list',
    });
  }
  const [found] = await store.list({ limit: 1, states: ['published'], commit: wanted });
  if (found !== undefined) return requireBuild(store, found.id);
  throw new TwinhullError(
    'ImageNotPublished',
    wanted === undefined ? 'no build is published yet' : `no build published commit ${wanted}`,
  );
}
