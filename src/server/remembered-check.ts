import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';

/** How long a successful check remains valid, in milliseconds. */
const trust = 10_000;

type Check = JobBackend['check'];

/**
 * Caches a backend's check: a success is reused for a while, and concurrent callers share one check. A hundred submits
 * a second would otherwise exhaust AWS's rate limit.
 */
export function rememberedCheck(check: Check, clock: Clock): Check {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<void> }>();
  return (platforms, buildSecrets = []) => {
    const key = JSON.stringify([platforms, buildSecrets]);
    const now = clock.now();
    for (const [old, { at }] of answers) if (now - at > trust) answers.delete(old);
    const known = answers.get(key);
    if (known !== undefined) return known.answer;
    const answer = check(platforms, buildSecrets).catch((error: unknown) => {
      answers.delete(key);
      throw error;
    });
    answers.set(key, { at: now, answer });
    return answer;
  };
}
