import { expect, it, onTestFinished } from 'vitest';
import { type Fault, GitHubStandIn } from '../../../test/helpers/github-stand-in.ts';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { systemClock } from '../../ports/clock.ts';
import { Network } from '../network/network.ts';
import { GitHubApi } from './github-api.ts';
import { GitHubNotifier, type GitHubNotifierOptions } from './github-notifier.ts';

const token = 'ghp_canary4711';
const sample = samplePlan();
const plan = { ...sample, source: { ...sample.source, repository: 'https://github.com/acme/model.git' } };
const build = sampleBuild(plan);
const never = new AbortController().signal;

async function notifierBed(change: Partial<GitHubNotifierOptions> = {}) {
  const standIn = await GitHubStandIn.start({ token });
  const network = new Network({ environment: {}, insecureHosts: new Set() });
  onTestFinished(async () => {
    await network.close();
    await standIn.stop();
  });
  const notifier = new GitHubNotifier({
    api: new GitHubApi(standIn.url, network),
    host: 'github.com',
    token: async () => token,
    clock: systemClock,
    publicUrl: undefined,
    destination: plan.destination.repository,
    ...change,
  });
  return { standIn, notifier };
}

it('sets the status of the exact commit', async () => {
  const { standIn, notifier } = await notifierBed({ publicUrl: 'https://builds.example' });
  expect(await notifier.notify(build, never)).toEqual({ outcome: 'delivered' });
  expect(standIn.statuses).toEqual([
    {
      repository: 'acme/model',
      sha: build.commit,
      state: 'pending',
      context: 'twinhull/sample',
      description: 'building linux/arm64 and linux/amd64',
      target_url: `https://builds.example/v1/builds/${build.id}`,
      token,
    },
  ]);
  const [{ headers }] = standIn.calls as [(typeof standIn.calls)[number]];
  expect(headers).toMatchObject({
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'twinhull',
  });
});

it.each([
  ['https://github.com/acme/model.git', true],
  ['https://github.com/acme/model', true],
  ['https://gitlab.com/acme/model.git', false],
  ['https://github.com.evil.example/acme/model.git', false],
  ['https://github.com/acme/group/model.git', false],
  ['https://github.com/acme.git', false],
])('handles %s: %s', async (repository, concerned) => {
  const { notifier } = await notifierBed();
  expect(notifier.concerns({ repository })).toBe(concerned);
});

it.each<[string, Fault, number | undefined]>([
  ['it is down', { status: 503 }, undefined],
  ['it asks to wait', { status: 429, headers: { 'retry-after': '17' } }, 17_000],
  [
    'a secondary limit is reached',
    { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
    60_000,
  ],
  ['the connection breaks', 'reset', undefined],
  ['the answer is lost', 'lost', undefined],
])('defers delivery if %s', async (_what, fault, after) => {
  const { standIn, notifier } = await notifierBed();
  standIn.fault = () => fault;
  const outcome = await notifier.notify(build, never);
  expect(outcome).toMatchObject({ outcome: 'later', error: { code: 'GitHubUnreachable' } });
  expect('after' in outcome ? outcome.after : undefined).toBe(after);
});

it.each([
  [401, 'TWINHULL_GITHUB_TOKEN_FILE'],
  [403, 'Commit statuses: write'],
  [404, 'Commit statuses: write'],
  [422, 'check that the commit still exists'],
])('is refused permanently by %i, with a hint and without the token', async (status, hint) => {
  const { standIn, notifier } = await notifierBed();
  standIn.fault = () => ({ status, body: { message: 'no' } });
  const outcome = await notifier.notify(build, never);
  expect(outcome).toMatchObject({
    outcome: 'refused',
    error: { code: 'GitHubRefused', hint: expect.stringContaining(hint) },
  });
  const error = 'error' in outcome ? outcome.error : undefined;
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary');
  expect(error).toMatchObject({ message: expect.stringContaining(`in acme/model: GitHub answered ${status}: no`) });
});

it('shows no token when nothing listens, even in the cause of the error', async () => {
  const { standIn, notifier } = await notifierBed();
  await standIn.stop();
  const outcome = await notifier.notify(build, never);
  expect(outcome).toMatchObject({
    outcome: 'later',
    error: { message: expect.stringContaining('connection was refused') },
  });
  const { inspect } = await import('node:util');
  expect(inspect(outcome, { depth: 20, showHidden: true })).not.toContain('canary');
});

it('stops at once when aborted', async () => {
  const { standIn, notifier } = await notifierBed();
  const stop = new AbortController();
  standIn.fault = () => {
    stop.abort();
    return 'hang';
  };
  expect(await notifier.notify(build, stop.signal)).toMatchObject({ outcome: 'later' });
});

it('does not wait for a token when aborted', async () => {
  const { standIn, notifier } = await notifierBed({
    token: (_repository, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('left')))),
  });
  const stop = new AbortController();
  const notified = notifier.notify(build, stop.signal);
  stop.abort();
  expect(await notified).toEqual({ outcome: 'later', error: new Error('left') });
  expect(standIn.calls).toEqual([]);
});

it('renews a token that is no longer accepted, once', async () => {
  const tokens = ['ghs_old', token];
  const { standIn, notifier } = await notifierBed({
    token: async () => tokens[0]!,
    renew: () => void tokens.shift(),
  });
  expect(await notifier.notify(build, never)).toEqual({ outcome: 'delivered' });
  expect(standIn.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer ghs_old', `Bearer ${token}`]);
});

it('follows a renamed repository, but sends the token to no other origin', async () => {
  const { standIn, notifier } = await notifierBed();
  const other = await GitHubStandIn.start({ token });
  onTestFinished(() => other.stop());
  const moved = (location: string) => (call: { path: string }) =>
    call.path.startsWith('/repos/acme/model/') ? { status: 307, headers: { location } } : undefined;
  standIn.fault = moved(`${standIn.url}/repos/acme/renamed/statuses/${build.commit}`);
  expect(await notifier.notify(build, never)).toEqual({ outcome: 'delivered' });
  expect(standIn.statuses.map(({ repository }) => repository)).toEqual(['acme/renamed']);
  standIn.fault = moved(`${other.url}/repos/acme/renamed/statuses/${build.commit}`);
  expect(await notifier.notify(build, never)).toMatchObject({ outcome: 'refused' });
  expect(other.calls).toEqual([]);
});

it('defers delivery when GitHub limits the request for a token', async () => {
  const limited = new TwinhullError('GitHubUnreachable', 'a limit is reached', { after: 120_000 });
  const { notifier } = await notifierBed({ token: () => Promise.reject(limited) });
  expect(await notifier.notify(build, never)).toEqual({ outcome: 'later', error: limited, after: 120_000 });
});

it('defers delivery if the token is unreadable, and gives up if the App lacks access', async () => {
  const unreadable = new TwinhullError('SettingInvalid', 'the file cannot be read');
  const forbidden = new TwinhullError('GitHubRefused', 'not installed');
  const refusing = (error: TwinhullError) => ({ token: () => Promise.reject(error) });
  expect(await (await notifierBed(refusing(unreadable))).notifier.notify(build, never)).toMatchObject({
    outcome: 'later',
  });
  expect(await (await notifierBed(refusing(forbidden))).notifier.notify(build, never)).toMatchObject({
    outcome: 'refused',
  });
});
