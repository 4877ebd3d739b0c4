import { parseTag } from '../domain/image-reference.ts';
import { tagProblem } from '../domain/recipe-tags.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { BuildStore, ListQuery } from '../ports/build-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry } from '../ports/registry.ts';
import { againOnConflict, requireBuild } from './change-build.ts';
import { tagImmutable } from './publish.ts';

export interface PromoteRequest {
  /** 40 digits, or the first 7 or more. */
  readonly commit: string;
  readonly tag: string;
  /** Image of the recipe; the first published one without it. */
  readonly image?: string | undefined;
  /** Name of the API token that asked for it, for the history. */
  readonly by?: string | undefined;
}

export interface Promotion {
  readonly buildId: string;
  readonly reference: string;
  readonly digest: string;
  readonly oldDigest?: string | undefined;
}

/**
 * Points a tag at what a commit published, through the registry alone: no build, no layer copied.
 *
 * @throws ArgumentInvalid, ImageNotPublished, ImageReferenceInvalid, TagImmutable, RegistryUnreachable, RegistryAccessDenied, RegistryRefused
 */
export async function promote(
  { commit, tag, image, by }: PromoteRequest,
  { store, registryFor, clock }: { store: BuildStore; registryFor: (repository: string) => Registry; clock: Clock },
): Promise<Promotion> {
  refuseReserved(parseTag(tag));
  const build = await publishedBuild(store, commit);
  const source = build.tags.find((move) => image === undefined || move.image === image);
  if (source === undefined) {
    const names = [...new Set(build.tags.map((move) => move.image))].join(', ');
    throw new TwinhullError('ImageNotPublished', `build ${build.id} published no image "${image ?? ''}"`, {
      hint: `it published: ${names}`,
    });
  }
  if (build.tags.some((move) => move.tag === tag && !move.moving)) {
    throw new TwinhullError('ArgumentInvalid', `"${tag}" is a tag that builds publish; it must not be moved`, {
      hint: 'name a tag of your own, such as stable',
    });
  }
  const registry = registryFor(build.destination);
  const manifest = await registry.getManifest(source.newDigest);
  if (manifest === undefined) {
    throw new TwinhullError(
      'ImageNotPublished',
      `${build.destination}@${source.newDigest} is no longer in the registry`,
      {
        hint: 'build the commit again',
      },
    );
  }
  const oldDigest = await registry.resolve(tag);
  if (oldDigest !== source.newDigest) {
    if (oldDigest !== undefined && (await registry.isImmutable(tag)))
      throw tagImmutable(build.destination, tag, oldDigest);
    await registry.putManifest(tag, manifest);
    const promoted = { type: 'build.promoted', tag, digest: source.newDigest, oldDigest, by } as const;
    // The tag has moved by now: that must be in the history, whoever changed the build meanwhile.
    await againOnConflict(async () => store.append(await requireBuild(store, build.id), [promoted], clock.now()));
  }
  return { buildId: build.id, reference: `${build.destination}:${tag}`, digest: source.newDigest, oldDigest };
}

/** What jobs push, and what names a commit: whoever pulls these relies on a build having put them there. */
function refuseReserved(tag: string): void {
  const problem = tagProblem(tag) ?? (/^[0-9a-f]{40}(?:-|$)/.test(tag) ? 'it names a commit' : undefined);
  if (problem === undefined) return;
  throw new TwinhullError(
    'ArgumentInvalid',
    `"${tag}" is a tag that builds publish; it must not be moved: ${problem}`,
    {
      hint: 'name a tag of your own, such as stable',
    },
  );
}

/** Where published builds are found: the store, or a service that answers for one. */
interface PublishedBuilds<B> {
  list(query: ListQuery): Promise<readonly { readonly id: string }[]>;
  load(id: string): Promise<B | undefined>;
}

/** The latest published build, of a commit where one is named. @throws ImageNotPublished */
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
