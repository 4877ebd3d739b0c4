import type { Build, TagMove } from '../domain/build.ts';
import { assembleIndex } from '../domain/image-index.ts';
import type { Plan, PlannedTag } from '../domain/plan.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { BuildStore, LastMove } from '../ports/build-store.ts';
import type { Registry, StoredManifest } from '../ports/registry.ts';
import { type BuildSession, endsSession } from './build-session.ts';

export interface PublishParts {
  readonly store: BuildStore;
  readonly registry: Registry;
  readonly plan: Plan;
}

/**
 * Puts every tag of a build, or as few as possible. Safe to run again after a crash at any point: manifests are pushed
 * by digest first, old and new digest of each tag are recorded before the first tag moves, and a tag that already
 * points where it should is not put again.
 *
 * @throws RegistryUnreachable, which leaves everything as it is, to be called again
 * @throws TagExists, TagImmutable, RegistryAccessDenied, RegistryRefused when the registry or a rule says no for good
 */
export async function publish(session: BuildSession, parts: PublishParts): Promise<void> {
  const manifests = await storeManifests(session.build, parts);
  if (session.build.tags.length === 0) {
    const tags = await planMoves(session.build, manifests, parts);
    await session.record({ type: 'publish.planned', tags });
  }
  for (const move of session.build.tags) {
    if (move.state === 'planned') await moveTag(session, move, manifests, parts);
  }
  await checkTags(session.build, parts.registry);
  await session.record({ type: 'build.published' });
}

/** Makes sure that the registry has the manifest of every tag, by digest, before any tag names it. */
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
        hint: 'somebody removed its staging tag; build it again',
      },
    );
  }
  return { platform, manifest };
}

/** Looks at every tag before the first one moves: a refusal that can be foreseen must leave nothing half done. */
async function planMoves(
  build: Build,
  manifests: ReadonlyMap<string, StoredManifest>,
  { store, registry, plan }: PublishParts,
): Promise<readonly TagMove[]> {
  const moves: TagMove[] = [];
  for (const planned of plan.tags) {
    const newDigest = digestOf(manifests, planned.tag);
    const oldDigest = await registry.resolve(planned.tag);
    const move = { ...planned, oldDigest, newDigest };
    if (oldDigest === undefined || oldDigest === newDigest) {
      moves.push({ ...move, state: 'planned' });
      continue;
    }
    const last = await store.lastMove(build.destination, planned.tag);
    if (planned.moving && isLater(last, build)) {
      moves.push({ ...move, state: 'kept' });
      continue;
    }
    if (!planned.moving && !build.force && last?.digest !== oldDigest)
      throw tagExists(registry.repository, planned.tag, oldDigest);
    if (await registry.isImmutable(planned.tag)) throw tagImmutable(registry.repository, planned.tag, oldDigest);
    moves.push({ ...move, state: 'planned' });
  }
  return moves;
}

async function moveTag(
  session: BuildSession,
  { tag, oldDigest, newDigest, moving }: TagMove,
  manifests: ReadonlyMap<string, StoredManifest>,
  { registry, store }: PublishParts,
): Promise<void> {
  const manifest = manifests.get(tag);
  if (manifest?.digest !== newDigest) {
    throw new TwinhullError(
      'InternalError',
      `tag ${tag} was planned for ${newDigest}, which is not what was assembled`,
    );
  }
  const current = await registry.resolve(tag);
  if (current !== newDigest) {
    const movedByOthers = current !== undefined && current !== oldDigest;
    if (movedByOthers && !moving) throw tagExists(registry.repository, tag, current);
    if (movedByOthers && (await isLaterMove(session.build, tag, store))) {
      return session.record({ type: 'publish.tag-kept', tag, digest: current });
    }
    await registry.putManifest(tag, manifest);
  }
  await session.record({ type: 'publish.tag-put', tag, digest: newDigest });
}

/** Whether a build of a later submit has moved the tag meanwhile: a driver may have stood still since it looked. */
async function isLaterMove(build: Build, tag: string, store: BuildStore): Promise<boolean> {
  return isLater(await store.lastMove(build.destination, tag), build);
}

function isLater(move: LastMove | undefined, { createdAt }: Build): boolean {
  return move !== undefined && move.createdAt > createdAt;
}

async function checkTags(build: Build, registry: Registry): Promise<void> {
  for (const { tag, newDigest, state } of build.tags) {
    if (state !== 'put') continue;
    const found = await registry.resolve(tag);
    if (found === newDigest) continue;
    const message = `${registry.repository}:${tag} was put as ${newDigest}, but reads back as ${found ?? 'nothing'}`;
    throw new TwinhullError('RegistryRefused', message, { hint: 'does something else move this tag?' });
  }
}

export interface RevertResult {
  /** Tags that point to what this build put there, and cannot go back. */
  readonly stay: readonly string[];
  /** Tags of which the registry would not say where they point. */
  readonly unknown: readonly string[];
}

/**
 * After a refusal for good: tags that pointed elsewhere before go back there. A tag that was not there before cannot be
 * taken away by the distribution API. Where the registry says that a tag points counts, not what was recorded: a crash
 * or a lost answer may have hidden that it moved.
 *
 * @throws RegistryUnreachable while `isPatient`, to be called again
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
  // What somebody else moved meanwhile is not ours to move.
  return true;
}

export function tagExists(repository: string, tag: string, digest: string): TwinhullError {
  return new TwinhullError(
    'TagExists',
    `${repository}:${tag} already exists (${digest}) and no build known here put it there`,
  );
}

export function tagImmutable(repository: string, tag: string, digest: string): TwinhullError {
  return new TwinhullError('TagImmutable', `${repository}:${tag} is immutable and points to ${digest}`);
}

function digestOf(manifests: ReadonlyMap<string, StoredManifest>, tag: string): string {
  const manifest = manifests.get(tag);
  if (manifest === undefined) throw new RangeError(`no manifest was made for tag ${tag}`);
  return manifest.digest;
}
