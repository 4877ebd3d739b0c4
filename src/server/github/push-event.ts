import * as z from 'zod';
import { matchesBranch } from '../../domain/branch-pattern.ts';
import { whyNoCommit } from '../../domain/commit.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { repositoryIdentity } from '../../domain/git-repository.ts';
import { quoted } from '../../domain/quoted.ts';
import { readRequestJson } from '../requests/request-json.ts';
import type { PushRecipe } from './push-recipes.ts';

/** The fields of a `push` that we use: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const pushEvent = z.object({
  /** `refs/heads/main`, `refs/tags/v1` */
  ref: z.string().max(1024),
  /** The commit that the branch points to now; zeros when the branch was deleted. */
  after: z
    .string()
    .max(64)
    .regex(/^[0-9a-f]{40}$/, { error: ({ input }) => whyNoCommit(String(input)) }),
  deleted: z.boolean().default(false),
  repository: z.object({ clone_url: z.string().max(1024) }),
  pusher: z.object({ name: z.string() }),
});

/** The fields in use of https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
export type PushEvent = z.output<typeof pushEvent>;

/** A push lists its commits with their files; the sender is authenticated by the signature. */
const limits = { depth: 32, values: 1_000_000 };

/** @throws RequestInvalid */
export function parsePushEvent(body: Uint8Array): PushEvent {
  const parsed = pushEvent.safeParse(readRequestJson(body, limits));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new TwinhullError('RequestInvalid', `the push cannot be read: ${problems.join('; ')}`);
}

/** What a push starts: at least one recipe for a branch; or nothing, and why. */
export type PushJudgement =
  | { readonly branch: string; readonly recipes: readonly PushRecipe[] }
  | { readonly ignored: string };

/** @param repository that was pushed to, in the form that builds use */
export function judgePush(
  { ref, after, deleted }: Pick<PushEvent, 'ref' | 'after' | 'deleted'>,
  repository: string,
  recipes: readonly PushRecipe[],
): PushJudgement {
  const branch = /^refs\/heads\/(.*)$/s.exec(ref)?.[1];
  if (branch === undefined) return { ignored: `${quoted(ref)} is not a branch` };
  if (deleted || /^0+$/.test(after)) return { ignored: `branch ${quoted(branch)} was deleted` };
  const wanted = recipes.filter((each) => isFor(each, repository, branch));
  return wanted.length > 0 ? { branch, recipes: wanted } : { ignored: `no recipe builds branch ${quoted(branch)}` };
}

function isFor(each: PushRecipe, repository: string, branch: string): boolean {
  const own = each.repository === undefined || repositoryIdentity(each.repository) === repositoryIdentity(repository);
  return own && (each.recipe.pushBranches ?? []).some((pattern) => matchesBranch(pattern, branch));
}
