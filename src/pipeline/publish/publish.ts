import type { Build, TagMove } from '../../domain/build.ts';
import type { BuildEvent } from '../../domain/build-event.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { assembleIndex } from '../../domain/image-index.ts';
import type { Plan, PlannedTag } from '../../domain/plan.ts';
import { type TagRecord, tagImmutable } from '../../domain/tag-ownership.ts';
import type { BuildStore } from '../../ports/build-store.ts';
import type { Registry, StoredManifest } from '../../ports/registry.ts';
import { type BuildSession, endsSession } from '../build-session.ts';
import { decideMove, recordOf, standingTag, takenFrom } from './tag-moves.ts';

/** The registry is that of the plan's destination. */
export interface PublishParts {
  readonly store: BuildStore;
  readonly registry: Registry;
  readonly plan: Plan;
}

/**
 * Puts every tag of a build, with as few changes as possible. Safe to run again after a crash at any point: manifests
 * are pushed by digest first, old and new digest of each tag are recorded before the first tag moves, and a tag that
 * already points to its target is not put again.
 *
 * @throws RegistryUnreachable, which leaves the build as it is; call again
 * @throws TagExists, TagImmutable, RegistryAccessDenied, RegistryRefused when the registry or a rule refuses for good
 */
export async function publish(session: BuildSession, parts: PublishParts): Promise<void> {
  const manifests = await storeManifests(session.build, parts);
  if (session.build.tags.length === 0) {
    const { tags, records, taken } = await planMoves(session.build, manifests, parts);
    await parts.store.recordTags(records);
    await session.record({ type: 'publish.planned', tags }, ...taken);
  }
  for (const move of session.build.tags) {
    if (move.state === 'planned') await moveTag(session, move, manifests, parts);
  }
  await checkTags(session.build, parts.registry);
  await session.record({ type: 'build.published' });
}

/** Ensures that the registry has the manifest of every tag, by digest, before any tag references it. */
async function storeManifests(
  build: Build,
  { registry, plan }: PublishParts,
): Promise<ReadonlyMap<string, StoredManifest>> {
  const manifests = await Promise.all(
    plan.tags.map(async (tag): Promise<[string, StoredManifest]> => {
      const children = await Promise.all(
        tag.platforms.map((platform) => builtManifest(build, tag, platform, registry)),
      );
      const [single] = children;
      if (tag.kind === 'image' && single !== undefined) return [tag.tag, single.manifest];
      const index = assembleIndex(children);
      await registry.putManifest(index.digest, index);
      return [tag.tag, index];
    }),
  );
  return new Map(manifests);
}

async function builtManifest(
  build: Build,
  { image }: PlannedTag,
  platform: PlannedTag['platforms'][number],
  registry: Registry,
) {
  const built = build.images.find((candidate) => candidate.image === image && candidate.platform === platform);
  const manifest = built && (await registry.getManifest(built.digest));
  if (manifest === undefined) {
    throw new TwinhullError(
      'ImageNotPublished',
      `image ${image} for ${platform} is no longer in ${registry.repository}`,
      {
        platform,
        hint: 'build it again: its staging tag was removed',
      },
    );
  }
  return { platform, manifest };
}

interface PlannedMoves {
  readonly tags: readonly TagMove[];
  /** The future owners of the tags. */
  readonly records: readonly TagRecord[];
  /** One for each tag that force takes from another owner. */
  readonly taken: readonly BuildEvent[];
}

/** Judges every tag before the first one moves, so that a foreseeable refusal leaves nothing half done. */
async function planMoves(
  build: Build,
  manifests: ReadonlyMap<string, StoredManifest>,
  { store, registry, plan }: PublishParts,
): Promise<PlannedMoves> {
  const tags: TagMove[] = [];
  const records: TagRecord[] = [];
  const taken: BuildEvent[] = [];
  for (const planned of plan.tags) {
    const { tag } = planned;
    const digest = digestOf(manifests, tag);
    const current = await standingTag(build.destination, tag, { store, registry });
    const decision = decideMove(build, { ...planned, digest }, current);
    const isMove = decision.verdict === 'put' && current !== undefined && current.digest !== digest;
    if (isMove && (await registry.isImmutable(tag))) throw tagImmutable(registry.repository, tag, current.digest);
    const state = decision.verdict === 'keep' ? 'kept' : 'planned';
    tags.push({ ...planned, oldDigest: current?.digest, newDigest: digest, state });
    if (decision.verdict === 'put') records.push(recordOf(build, { ...planned, digest }));
    const previousOwner = takenFrom(decision);
    if (previousOwner !== undefined) taken.push({ type: 'publish.tag-taken', tag, previousOwner });
  }
  return { tags, records, taken };
}

async function moveTag(
  session: BuildSession,
  move: TagMove,
  manifests: ReadonlyMap<string, StoredManifest>,
  { registry, store }: PublishParts,
): Promise<void> {
  const { build } = session;
  const { tag, oldDigest, newDigest } = move;
  const manifest = manifests.get(tag);
  if (manifest?.digest !== newDigest) {
    throw new TwinhullError(
      'InternalError',
      `tag ${tag} was planned for ${newDigest}, which is not what was assembled`,
    );
  }
  const current = await standingTag(build.destination, tag, { store, registry });
  if (current?.digest !== newDigest) {
    // Moved by another since it was judged: this driver may have been suspended in between.
    if (current !== undefined && current.digest !== oldDigest) {
      const { verdict } = decideMove(build, { ...move, digest: newDigest }, current);
      if (verdict === 'keep') return session.record({ type: 'publish.tag-kept', tag, digest: current.digest });
    }
    await registry.putManifest(tag, manifest);
  }
  await session.record({ type: 'publish.tag-put', tag, digest: newDigest });
}

async function checkTags(build: Build, registry: Registry): Promise<void> {
  for (const { tag, newDigest, state } of build.tags) {
    if (state !== 'put') continue;
    const found = await registry.resolve(tag);
    if (found === newDigest) continue;
    const message = `${registry.repository}:${tag} was pushed as ${newDigest}, but points to ${found ?? 'nothing'}`;
    throw new TwinhullError('RegistryRefused', message, { hint: 'check whether another client moves this tag' });
  }
}

/** Tags that could not be restored; all others point to what they did before. */
export interface RevertResult {
  /** Tags that point to what this build put there, and cannot go back. */
  readonly stay: readonly string[];
  /** Tags whose target the registry did not return. */
  readonly unknown: readonly string[];
}

/**
 * After a permanent refusal, moves tags back to where they pointed before. The distribution API cannot remove a tag
 * that did not exist before. What counts is where the registry shows a tag pointing, not what was recorded: a crash or
 * a lost answer may have hidden that it moved.
 *
 * @throws RegistryUnreachable while `isPatient`; call again
 */
export async function revertTags(session: BuildSession, registry: Registry, isPatient: boolean): Promise<RevertResult> {
  const stay: string[] = [];
  const unknown: string[] = [];
  for (const move of session.build.tags) {
    if (move.state === 'kept' || move.oldDigest === move.newDigest) continue;
    try {
      if (!(await revertTag(session, move, registry))) stay.push(move.tag);
    } catch (error) {
      if (endsSession(error) || (isPatient && TwinhullError.is(error, 'RegistryUnreachable'))) throw error;
      if (move.state === 'put') stay.push(move.tag);
      else unknown.push(move.tag);
    }
  }
  return { stay, unknown };
}

/** @returns false when the tag stays */
async function revertTag(session: BuildSession, move: TagMove, registry: Registry): Promise<boolean> {
  const { tag, oldDigest, newDigest, state } = move;
  const current = await registry.resolve(tag);
  if (current === newDigest) {
    const old = oldDigest === undefined ? undefined : await registry.getManifest(oldDigest);
    if (old === undefined) return false;
    await registry.putManifest(tag, old);
    await session.record({ type: 'publish.tag-reverted', tag });
  } else if (state === 'put' && current === oldDigest) {
    await session.record({ type: 'publish.tag-reverted', tag });
  }
  // A tag that was moved by others meanwhile stays there.
  return true;
}

function digestOf(manifests: ReadonlyMap<string, StoredManifest>, tag: string): string {
  const manifest = manifests.get(tag);
  if (manifest === undefined) throw new RangeError(`no manifest was assembled for tag ${tag}`);
  return manifest.digest;
}
