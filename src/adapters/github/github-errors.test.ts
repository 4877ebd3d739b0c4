import { expect, it } from 'vitest';
import type { GitHubAnswer } from './github-api.ts';
import { gitHubFailure, passing } from './github-errors.ts';

const now = Date.UTC(2026, 0, 1);

function answer(status: number, headers: Record<string, string> = {}, message = ''): GitHubAnswer {
  return { status, header: (name) => headers[name], json: { message } };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
it.each([
  ['a limit with Retry-After', answer(429, { 'retry-after': '90' }), 90_000],
  ['a secondary limit with Retry-After', answer(403, { 'retry-after': '7' }), 7_000],
  [
    'a limit that is spent until a moment',
    answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 120) }),
    120_000,
  ],
  ['a limit that was reset by now', answer(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }), 1_000],
  ['a secondary limit without a duration', answer(403, {}, 'You have exceeded a secondary rate limit.'), 60_000],
  ['a limit without a duration', answer(429), 60_000],
  ['one that asks for a week', answer(429, { 'retry-after': '604800' }), 3_600_000],
  ['a server that is down', answer(502), undefined],
  ['a server that names the duration', answer(503, { 'retry-after': '30' }), 30_000],
  ['a request that took too long', answer(408), undefined],
])('retries after %s', (_what, given, after) => {
  expect(passing(given, now)).toEqual({ after });
  expect(gitHubFailure('do it', given, now)).toMatchObject({ code: 'GitHubUnreachable', retryable: true });
});

it.each([
  answer(400),
  answer(401, {}, 'Bad credentials'),
  answer(403, { 'x-ratelimit-remaining': '4999' }, 'Resource not accessible by integration'),
  answer(404, {}, 'Not Found'),
  answer(410),
  answer(422, {}, 'No commit found for SHA: 1'),
])('classifies $status as a permanent refusal', (given) => {
  expect(passing(given, now)).toBeUndefined();
  expect(gitHubFailure('do it', given, now)).toMatchObject({ code: 'GitHubRefused', retryable: false });
});

it('quotes GitHub on one line of limited length', () => {
  const { message } = gitHubFailure('do it', answer(422, {}, `bad\n\u001b[31m${'x'.repeat(9_000)}`), now);
  expect(message).toMatch(/^cannot do it: GitHub answered 422: bad\\u\{a\}\\u\{1b\}\[31mx+$/);
  expect(message.length).toBeLessThan(400);
});
