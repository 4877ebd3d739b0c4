import { expect, it } from 'vitest';
import { apiBed, commit, inlineRecipe, repository } from '../../test/helpers/api-bed.ts';
import { pushPayload, signatureOf, webhookRequest } from '../../test/helpers/github-push.ts';
import type { WhenBusy } from '../domain/queue-policy.ts';
import { readRecipe } from '../recipes/read-recipe.ts';
import type { PushRecipe } from './github/push-recipes.ts';
import { serviceLogger } from './logger.ts';

const secret = "It's a Secret to Everybody";
const other = '1111111111111111111111111111111111111111';

function pushRecipe(
  branches: readonly string[] | undefined,
  change: Partial<PushRecipe> = {},
  name = 'one',
  { whenBusy, moving = [] }: { readonly whenBusy?: WhenBusy; readonly moving?: readonly string[] } = {},
): PushRecipe {
  const on = branches && { push: { branches, ...(whenBusy && { whenBusy }) } };
  const images = { [name]: { dockerfile: {}, tags: [`{commit}-${name}`, ...moving] } };
  const reading = readRecipe({ ...inlineRecipe, name, images, ...(on && { on }) });
  if (!('recipe' in reading)) throw new Error(JSON.stringify(reading.problems));
  return { source: `${name}.yaml`, repository: undefined, recipe: reading.recipe, ...change };
}

async function webhookBed(recipes: readonly PushRecipe[] = [pushRecipe(['main', 'release/*'])]) {
  const lines: string[] = [];
  const bed = await apiBed({
    parts: { gitHub: { secrets: async () => [secret, 'the old one'], recipes: async () => recipes } },
    options: { logger: serviceLogger({ write: (line: string) => lines.push(line) }) },
  });
  // A service that others can reach: its other routes require a token.
  await bed.token('read');
  const deliver = (payload: unknown, more: Partial<Parameters<typeof webhookRequest>[1]> = {}) =>
    bed.call(webhookRequest(payload, { secret, ...more }));
  const builds = () => bed.stores.builds.list({ limit: 99 });
  return { ...bed, deliver, builds, lines };
}

it('builds the pushed commit, and records who pushed it', async () => {
  const { deliver, builds, stores, woken } = await webhookBed();
  const { status, json } = await deliver(pushPayload(repository, commit));
  expect([status, json]).toEqual([
    202,
    { ignored: null, builds: [{ id: expect.any(String), recipe: 'one', outcome: 'created', state: 'building' }] },
  ]);
  const [build] = await builds();
  expect(build).toMatchObject({ commit, repository, reference: 'main', recipe: 'one' });
  const [event] = await stores.builds.events({ after: 0, limit: 1 });
  expect(event?.event).toMatchObject({
    type: 'build.created',
    by: 'github:72d3162e-cc78-11e3-81ab-4c9367dc0958/octocat',
  });
  expect((await stores.builds.loadPlan(build!.id)).source.branch).toBe('main');
  expect(woken()).toBe(1);
});

it('creates one build per push for repeated deliveries, under any id, even after the build has ended', async () => {
  const { deliver, builds, stores } = await webhookBed();
  const push = pushPayload(repository, commit);
  const first = await deliver(push);
  const [build] = await builds();
  await stores.builds.append((await stores.builds.load(build!.id))!, [{ type: 'build.cancelled' }], Date.now());
  const again = await deliver(push);
  expect([again.status, again.json['builds']]).toEqual([
    202,
    [{ id: build!.id, recipe: 'one', outcome: 'joined', state: 'cancelled' }],
  ]);
  expect(first.json['builds']).toMatchObject([{ id: build!.id }]);
  // The id of a delivery is not signed: anyone who has seen a body may send it under another id.
  expect((await deliver(push, { delivery: 'another' })).json['builds']).toMatchObject([{ id: build!.id }]);
  // The same commit pushed again, as by a force-push away and back.
  await deliver(pushPayload(repository, commit, { before: other }), { delivery: 'another' });
  expect(await builds()).toHaveLength(2);
});

it('joins the live build of a commit that is pushed to a second branch', async () => {
  const { deliver, builds } = await webhookBed();
  await deliver(pushPayload(repository, commit));
  const second = pushPayload(repository, commit, { ref: 'refs/heads/release/1' });
  expect((await deliver(second, { delivery: 'second' })).json['builds']).toMatchObject([{ outcome: 'joined' }]);
  expect(await builds()).toHaveLength(1);
});

it.each([
  ['a tag', { ref: 'refs/tags/v1' }, '"refs/tags/v1" is not a branch'],
  ['a deleted branch', { after: '0'.repeat(40), deleted: true }, 'branch "main" was deleted'],
  ['a branch of no recipe', { ref: 'refs/heads/feature/x' }, 'no recipe builds branch "feature/x"'],
  ['a branch that only begins like one', { ref: 'refs/heads/release/1/2' }, 'no recipe builds branch "release/1/2"'],
])('ignores %s, and explains why', async (_what, change, ignored) => {
  const { deliver, builds } = await webhookBed();
  const { status, json } = await deliver(pushPayload(repository, commit, change));
  expect([status, json]).toEqual([202, { ignored, builds: [] }]);
  expect(await builds()).toEqual([]);
});

it('starts no build for a recipe without push rules or for another repository', async () => {
  const elsewhere = pushRecipe(['**'], { repository: 'https://git.example/acme/other.git' });
  const { deliver } = await webhookBed([pushRecipe(undefined), elsewhere]);
  const { json } = await deliver(pushPayload(repository, commit));
  expect(json).toEqual({ ignored: 'no recipe builds branch "main"', builds: [] });
});

it('builds every recipe that matches the branch, even if another is refused', async () => {
  const recipes = [pushRecipe(['main'], { repository }, 'one'), pushRecipe(['main'], {}, 'two')];
  const { deliver, builds, registry } = await webhookBed(recipes);
  registry.fault = (_operation, reference) => (reference === `${other}-one` ? 'refused' : undefined);
  const push = pushPayload(repository, other);
  expect(await deliver(push)).toMatchObject({ status: 502, json: { code: 'RegistryRefused' } });
  expect((await builds()).map(({ recipe }) => recipe)).toEqual(['two']);
  registry.fault = () => undefined;
  const { json } = await deliver(push);
  expect(json['builds']).toMatchObject([
    { recipe: 'one', outcome: 'created' },
    { recipe: 'two', outcome: 'joined' },
  ]);
});

it.each([`#${other}`, `#${'A1'.repeat(20)}`, `${other}-submit`, 'a1b2c3d'])(
  'starts no build for a branch named like another commit: %s',
  async (branch) => {
    const reading = readRecipe({
      ...inlineRecipe,
      images: { app: { dockerfile: {}, tags: ['{commit}', '{branch}'] } },
      on: { push: { branches: ['**'] } },
    });
    if (!('recipe' in reading)) throw new Error(JSON.stringify(reading.problems));
    const { deliver, builds } = await webhookBed([{ source: 'a.yaml', repository: undefined, recipe: reading.recipe }]);
    const answer = await deliver(pushPayload(repository, commit, { ref: `refs/heads/${branch}` }));
    expect(answer).toMatchObject({ status: 422, json: { code: 'ReferenceInvalid' } });
    expect(answer.json['detail']).toContain('looks like a different commit');
    expect(await builds()).toEqual([]);
  },
);

it('starts no build for a repository that the operator does not allow', async () => {
  const { deliver, builds } = await webhookBed();
  const answer = await deliver(pushPayload('https://git.example/evil/model.git', commit));
  expect(answer).toMatchObject({ status: 403, json: { code: 'NotAllowedHere' } });
  expect(await builds()).toEqual([]);
});

it('answers a ping, and ignores other events', async () => {
  const { deliver, builds } = await webhookBed();
  expect(await deliver({ zen: 'Keep it logically awesome.', hook_id: 1 }, { event: 'ping' })).toMatchObject({
    status: 200,
    json: { status: 'ok' },
  });
  const issue = await deliver({ action: 'opened' }, { event: 'issues' });
  expect([issue.status, issue.text]).toEqual([204, '']);
  expect(await builds()).toEqual([]);
});

it('accepts a signature by any secret of the file during a rotation', async () => {
  const { deliver } = await webhookBed();
  expect((await deliver({}, { event: 'ping', secret: 'the old one' })).status).toBe(200);
});

it('agrees with the test vector that GitHub publishes', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const published = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(signatureOf('Hello, World!', secret)).toBe(published);
});

it('accepts the signature of the published vector, and refuses only its body, which is not JSON', async () => {
  const { deliver, builds } = await webhookBed();
  expect(await deliver('Hello, World!')).toMatchObject({ status: 400, json: { code: 'RequestInvalid' } });
  expect(await builds()).toEqual([]);
});

const push = JSON.stringify(pushPayload(repository, commit));
const right = signatureOf(push, secret);

it.each([
  ['of another secret', push, signatureOf(push, 'guess')],
  ['of another body', push.replace('octocat', 'mallory'), right],
  ['of the same JSON in other bytes', `${push} `, right],
  ['by SHA-1', push, `sha1=${right.slice(7, 47)}`],
  ['in capitals', push, right.toUpperCase()],
  ['of one digit less', push, right.slice(0, -1)],
  ['that is empty', push, ''],
  ['of an empty body', '', right],
])('refuses a signature %s', async (_what, body, signature) => {
  const { deliver, builds, lines } = await webhookBed();
  const answer = await deliver(body, { headers: { 'x-hub-signature-256': signature } });
  expect(answer).toMatchObject({ status: 403, json: { code: 'SignatureInvalid' } });
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(await builds()).toEqual([]);
  expect(lines.join('')).not.toContain(secret);
});

it('verifies the signature over the received bytes, not over decoded text', async () => {
  const { call, deliver } = await webhookBed();
  const bytes = Buffer.from(
    JSON.stringify(pushPayload(repository, commit)).replace('octocat', 'octo\u00e9cat'),
    'latin1',
  );
  const signed = webhookRequest(bytes, { secret });
  const refused = await call(signed);
  expect([refused.status, refused.json['code']]).toEqual([400, 'RequestInvalid']);
  expect(refused.json['detail']).toContain('UTF-8');
  const decoded = await call({ ...signed, payload: Buffer.from(bytes.toString('utf8')) });
  expect([decoded.status, decoded.json['code']]).toEqual([403, 'SignatureInvalid']);
  const twice = JSON.stringify(pushPayload(repository, commit)).replace('{', '{"ref":"refs/heads/other",');
  const doubled = await deliver(twice);
  expect([doubled.status, doubled.json['detail']]).toEqual([400, expect.stringContaining('"ref" appears twice')]);
});

it('refuses a request without a signature before it reads the body', async () => {
  const { call } = await webhookBed();
  const { headers, ...request } = webhookRequest('x'.repeat(9_000_000), { secret });
  const unsigned = { 'content-type': headers['content-type'], 'x-github-event': 'push' };
  expect((await call({ ...request, headers: unsigned })).status).toBe(403);
});

it('accepts a push of several megabytes, up to a limit', async () => {
  const { deliver } = await webhookBed();
  const commits = Array.from({ length: 2_048 }, (_, at) => ({ id: String(at), message: 'm'.repeat(2_000) }));
  expect((await deliver(pushPayload(repository, commit, { commits }))).status).toBe(202);
  const huge = await deliver(pushPayload(repository, commit, { commits: [...commits, ...commits] }));
  expect(huge).toMatchObject({
    status: 413,
    json: { code: 'RequestTooLarge', detail: expect.stringContaining('5120 KiB') },
  });
});

it.each([
  ['a push without a commit', { after: 'main' }, 'after'],
  ['a push to a repository with SHA-256 object names', { after: 'a'.repeat(64) }, 'SHA-256 object names'],
  ['a push of no repository', { repository: {} }, 'repository.clone_url'],
])('refuses %s, naming the error', async (_what, change, place) => {
  const { deliver } = await webhookBed();
  const { status, json } = await deliver({ ...pushPayload(repository, commit), ...change });
  expect([status, json['detail']]).toEqual([400, expect.stringContaining(place)]);
});

it('suggests the content type for a webhook sent as a form', async () => {
  const { deliver } = await webhookBed();
  const { status, json } = await deliver('payload=%7B%7D', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([status, json['hint']]).toEqual([400, expect.stringContaining('application/json')]);
});

it('reports a missing webhook secret', async () => {
  const { call } = await apiBed();
  const answer = await call(webhookRequest({}, { secret, event: 'ping' }));
  expect(answer).toMatchObject({ status: 404, json: { code: 'WebhookNotSetUp' } });
});

it('parses JSON as usual on other routes', async () => {
  const { call, token } = await webhookBed();
  const headers = await token('build');
  const payload = { commit, recipe: inlineRecipe };
  expect((await call({ method: 'POST', url: '/v1/plans', headers, payload })).status).toBe(200);
});

const commits = ['a', 'b', 'c'].map((digit) => digit.repeat(40));

async function pushAll(recipes: readonly PushRecipe[], branches: readonly string[] = ['main', 'main', 'main']) {
  const bed = await webhookBed(recipes);
  const answers: unknown[] = [];
  for (const [index, branch] of branches.entries()) {
    const push = pushPayload(repository, commits[index] ?? '', { ref: `refs/heads/${branch}` });
    const { status, json } = await bed.deliver(push, { delivery: `delivery-${String(index)}` });
    answers.push([status, (json['builds'] as { state: string }[]).map(({ state }) => state)]);
  }
  const byCommit = new Map((await bed.builds()).map((build) => [build.commit, build]));
  return { ...bed, answers, stored: commits.map((each) => byCommit.get(each)) };
}

it('queues a push to a moving tag behind the running build, and keeps only the newest waiting one', async () => {
  const { answers, stored } = await pushAll([pushRecipe(['main'], {}, 'one', { moving: ['{branch}'] })]);
  expect(answers).toEqual([
    [202, ['building']],
    [202, ['waiting']],
    [202, ['waiting']],
  ]);
  const [first, second, third] = stored;
  expect(second).toMatchObject({ state: 'superseded', supersededBy: third?.id });
  expect(third).toMatchObject({ state: 'waiting', queue: { behind: first?.id, whenBusy: 'queue-newest' } });
});

it.each([
  ['queue-all', ['building', 'waiting', 'waiting'], undefined],
  ['supersede', ['building', 'superseded', 'waiting'], 1],
] as const)('follows the policy %s of the recipe', async (whenBusy, states, supersededBy) => {
  const recipe = pushRecipe(['main'], {}, 'one', { moving: ['{branch}'], whenBusy });
  const { stored, stores } = await pushAll([recipe]);
  expect(stored.map((build) => build?.state)).toEqual(states);
  const running = await stores.builds.load(stored[0]?.id ?? '');
  expect(running?.supersededBy).toBe(supersededBy === undefined ? undefined : stored[supersededBy]?.id);
  expect(running?.cancelRequestedAt === undefined).toBe(supersededBy === undefined);
});

it('builds pushes without a common tag concurrently: of other branches, or without moving tags', async () => {
  const moving = [pushRecipe(['**'], {}, 'one', { moving: ['{branch}'] })];
  expect((await pushAll(moving, ['main', 'release', 'feature'])).answers).toEqual(
    commits.map(() => [202, ['building']]),
  );
  expect((await pushAll([pushRecipe(['main'])])).answers).toEqual(commits.map(() => [202, ['building']]));
});

it('keeps the plan of a waiting build if its recipe changes', async () => {
  const recipes = [pushRecipe(['main'], {}, 'one', { moving: ['latest'] })];
  const bed = await webhookBed(recipes);
  const push = (index: number) =>
    bed.deliver(pushPayload(repository, commits[index] ?? ''), { delivery: `delivery-${String(index)}` });
  await push(0);
  await push(1);
  recipes[0] = pushRecipe(['main'], {}, 'one', { moving: ['latest-next'], whenBusy: 'supersede' });
  expect((await push(2)).json['builds']).toMatchObject([{ state: 'building' }]);
  const [, waiting] = await bed.builds();
  expect(waiting).toMatchObject({ state: 'waiting', commit: commits[1] });
  const { tags } = await bed.stores.builds.loadPlan(waiting?.id ?? '');
  expect(tags.map(({ tag }) => tag)).toEqual([`${commits[1] ?? ''}-one`, 'latest']);
});

it('builds one of two simultaneous pushes, and queues the other', async () => {
  const { deliver, builds } = await webhookBed([pushRecipe(['main'], {}, 'one', { moving: ['{branch}'] })]);
  await Promise.all(commits.slice(0, 2).map((each) => deliver(pushPayload(repository, each), { delivery: each })));
  expect((await builds()).map(({ state }) => state).sort()).toEqual(['building', 'waiting']);
});
