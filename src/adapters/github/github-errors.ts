import * as z from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { visible } from '../../domain/quoted.ts';
import { parseRetryAfter } from '../../domain/retry.ts';
import type { GitHubAnswer } from './github-api.ts';

/** Milliseconds. GitHub's limits last an hour at most; without a stated time, it asks clients to wait a minute. */
const waits = { longest: 3_600_000, unspecified: 60_000, least: 1_000 };

/**
 * Whether the same request may succeed later, and after how many milliseconds at the earliest, where GitHub states it:
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function passing(answer: GitHubAnswer, now: number): { readonly after: number | undefined } | undefined {
  const { status } = answer;
  const isLimit = status === 429 || (status === 403 && isRateLimit(answer));
  if (!isLimit && status < 500 && status !== 408) return undefined;
  const after = parseRetryAfter(answer.header('retry-after'), now) ?? (isLimit ? untilReset(answer, now) : undefined);
  return { after: after === undefined ? undefined : Math.min(waits.longest, Math.max(waits.least, after)) };
}

function isRateLimit(answer: GitHubAnswer): boolean {
  const isNamed = answer.header('retry-after') !== undefined || answer.header('x-ratelimit-remaining') === '0';
  return isNamed || /rate limit|abuse detection/i.test(messageOf(answer));
}

function untilReset(answer: GitHubAnswer, now: number): number {
  const reset = Number(answer.header('x-ratelimit-reset'));
  const isSpent = answer.header('x-ratelimit-remaining') === '0' && Number.isFinite(reset) && reset > 0;
  return isSpent ? reset * 1000 - now : waits.unspecified;
}

/** Maps an unsuccessful response to `GitHubUnreachable` (with `after`) if it may pass, else to `GitHubRefused`. */
export function gitHubFailure(doing: string, answer: GitHubAnswer, now: number, hint?: string): TwinhullError {
  const detail = messageOf(answer);
  const text = `cannot ${doing}: GitHub answered ${String(answer.status)}${detail === '' ? '' : `: ${detail}`}`;
  const trouble = passing(answer, now);
  if (trouble !== undefined) return new TwinhullError('GitHubUnreachable', text, trouble);
  return new TwinhullError('GitHubRefused', text, { hint });
}

const message = z.object({ message: z.string() });

/** GitHub's message, on one line. */
function messageOf({ json }: GitHubAnswer): string {
  const parsed = message.safeParse(json);
  return parsed.success ? visible(parsed.data.message).slice(0, 300) : '';
}
