import type { Clock } from '../ports/clock.ts';
import type { JobBackend } from '../ports/job-backend.ts';

/** How long a backend that was fit is taken to be so, in milliseconds. */
const trust = 10_000;

type Check = JobBackend['check'];

/**
 * A backend's check for many who ask: what went well is not asked again for a while, and who asks meanwhile waits for the
 * same answer. A hundred submits a second would else use up what AWS lets anybody ask.
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
