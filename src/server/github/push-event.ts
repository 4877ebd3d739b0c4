import * as z from 'zod';
import { matchesBranch } from '../../domain/branch-pattern.ts';
import { repositoryIdentity } from '../../domain/git-repository.ts';
import { quoted } from '../../domain/quoted.ts';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { PushRecipe } from './push-recipes.ts';

/** As much of a `push` as we look at: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const pushEvent = z.object({
  /** `refs/heads/main`, `refs/tags/v1` */
  ref: z.string().max(1024),
  /** The commit that the branch stands on now; zeros where it is gone. */
  after: z.string().regex(/^[0-9a-f]{40}$/),
  deleted: z.boolean().default(false),
  repository: z.object({ clone_url: z.string().max(1024) }),
  pusher: z.object({ name: z.string() }),
});

export type PushEvent = z.output<typeof pushEvent>;

/** @throws RequestInvalid */
export function parsePushEvent(text: string): PushEvent {
  const parsed = pushEvent.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new TwinhullError('RequestInvalid', `the push cannot be read: ${problems.join('; ')}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TwinhullError('RequestInvalid', `the push is no JSON: ${reasonOf(cause)}`, { cause });
  }
}

/** What a push starts: recipes of a branch, at least one; or nothing, and why. */
export type PushJudgement =
  | { readonly branch: string; readonly recipes: readonly PushRecipe[] }
  | { readonly ignored: string };

const heads = 'refs/heads/';

/** @param repository where it was pushed to, in the form that builds have it */
export function judgePush(
  { ref, after, deleted }: Pick<PushEvent, 'ref' | 'after' | 'deleted'>,
  repository: string,
  recipes: readonly PushRecipe[],
): PushJudgement {
  if (!ref.startsWith(heads)) return { ignored: `${quoted(ref)} is no branch` };
  const branch = ref.slice(heads.length);
  if (deleted || /^0+$/.test(after)) return { ignored: `branch ${quoted(branch)} was deleted` };
  const wanted = recipes.filter((each) => isFor(each, repository, branch));
  return wanted.length > 0 ? { branch, recipes: wanted } : { ignored: `no recipe builds branch ${quoted(branch)}` };
}

function isFor(each: PushRecipe, repository: string, branch: string): boolean {
  const own = each.repository === undefined || repositoryIdentity(each.repository) === repositoryIdentity(repository);
  return own && (each.recipe.pushBranches ?? []).some((pattern) => matchesBranch(pattern, branch));
}
