import { expect, it } from 'vitest';
import { apiBed, commit, inlineRecipe, repository } from '../../test/helpers/api-bed.ts';
import { pushPayload, signatureOf, webhookRequest } from '../../test/helpers/github-push.ts';
import { readRecipe } from '../recipes/read-recipe.ts';
import type { PushRecipe } from './github/push-recipes.ts';
import { serviceLogger } from './logger.ts';

const secret = "It's a Secret to Everybody";
const other = '1111111111111111111111111111111111111111';

function pushRecipe(
  branches: readonly string[] | undefined,
  change: Partial<PushRecipe> = {},
  name = 'one',
): PushRecipe {
  const on = branches && { push: { branches } };
  const images = { [name]: { dockerfile: {}, tags: [`{commit}-${name}`] } };
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
  // A service as others reach it: tokens are asked for everywhere else.
  await bed.token('read');
  const deliver = (payload: unknown, more: Partial<Parameters<typeof webhookRequest>[1]> = {}) =>
    bed.call(webhookRequest(payload, { secret, ...more }));
  const builds = () => bed.stores.builds.list({ limit: 99 });
  return { ...bed, deliver, builds, lines };
}

it('builds the pushed commit, and says by whom', async () => {
  const { deliver, builds, stores, woken } = await webhookBed();
  const { status, json } = await deliver(pushPayload(repository, commit));
  expect([status, json]).toEqual([
    202,
    { ignored: null, builds: [{ id: expect.any(String), recipe: 'one', outcome: 'created' }] },
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

it('gets one build of one push, however often it comes, under whatever id, and whatever became of it', async () => {
  const { deliver, builds, stores } = await webhookBed();
  const push = pushPayload(repository, commit);
  const first = await deliver(push);
  const [build] = await builds();
  await stores.builds.append((await stores.builds.load(build!.id))!, [{ type: 'build.cancelled' }], Date.now());
  const again = await deliver(push);
  expect([again.status, again.json['builds']]).toEqual([202, [{ id: build!.id, recipe: 'one', outcome: 'joined' }]]);
  expect(first.json['builds']).toMatchObject([{ id: build!.id }]);
  // The id of a delivery is not signed: whoever has seen one may send its body under another.
  expect((await deliver(push, { delivery: 'another' })).json['builds']).toMatchObject([{ id: build!.id }]);
  // The same commit pushed again, as after a force-push there and back.
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
  ['a tag', { ref: 'refs/tags/v1' }, '"refs/tags/v1" is no branch'],
  ['a deleted branch', { after: '0'.repeat(40), deleted: true }, 'branch "main" was deleted'],
  ['a branch of no recipe', { ref: 'refs/heads/feature/x' }, 'no recipe builds branch "feature/x"'],
  ['a branch that only begins like one', { ref: 'refs/heads/release/1/2' }, 'no recipe builds branch "release/1/2"'],
])('ignores %s, and says why', async (_what, change, ignored) => {
  const { deliver, builds } = await webhookBed();
  const { status, json } = await deliver(pushPayload(repository, commit, change));
  expect([status, json]).toEqual([202, { ignored, builds: [] }]);
  expect(await builds()).toEqual([]);
});

it('starts nothing by a recipe that says nothing of pushes, or that is for another repository', async () => {
  const elsewhere = pushRecipe(['**'], { repository: 'https://git.example/acme/other.git' });
  const { deliver } = await webhookBed([pushRecipe(undefined), elsewhere]);
  const { json } = await deliver(pushPayload(repository, commit));
  expect(json).toEqual({ ignored: 'no recipe builds branch "main"', builds: [] });
});

it('builds by every recipe that wants the branch; one that is refused keeps none of the others', async () => {
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

it('builds from no repository that the operator does not allow', async () => {
  const { deliver, builds } = await webhookBed();
  const answer = await deliver(pushPayload('https://git.example/evil/model.git', commit));
  expect(answer).toMatchObject({ status: 403, json: { code: 'NotAllowedHere' } });
  expect(await builds()).toEqual([]);
});

it('answers a ping, and lets other events be', async () => {
  const { deliver, builds } = await webhookBed();
  expect(await deliver({ zen: 'Keep it logically awesome.', hook_id: 1 }, { event: 'ping' })).toMatchObject({
    status: 200,
    json: { status: 'ok' },
  });
  const issue = await deliver({ action: 'opened' }, { event: 'issues' });
  expect([issue.status, issue.text]).toEqual([204, '']);
  expect(await builds()).toEqual([]);
});

it('takes a signature by any secret of the file, while one is replaced', async () => {
  const { deliver } = await webhookBed();
  expect((await deliver({}, { event: 'ping', secret: 'the old one' })).status).toBe(200);
});

it('agrees with the vector that GitHub publishes', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const published = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(signatureOf('Hello, World!', secret)).toBe(published);
});

it('refuses the published vector only for what it says: a signature that is right, over no JSON', async () => {
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

it('refuses what has no signature before it reads the body', async () => {
  const { call } = await webhookBed();
  const { headers, ...request } = webhookRequest('x'.repeat(9_000_000), { secret });
  const unsigned = { 'content-type': headers['content-type'], 'x-github-event': 'push' };
  expect((await call({ ...request, headers: unsigned })).status).toBe(403);
});

it('takes a push of megabytes, but not of any size', async () => {
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
  ['a push of no repository', { repository: {} }, 'repository.clone_url'],
])('refuses %s, naming what is wrong', async (_what, change, place) => {
  const { deliver } = await webhookBed();
  const { status, json } = await deliver({ ...pushPayload(repository, commit), ...change });
  expect([status, json['detail']]).toEqual([400, expect.stringContaining(place)]);
});

it('says what to change where the webhook is sent as a form', async () => {
  const { deliver } = await webhookBed();
  const { status, json } = await deliver('payload=%7B%7D', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([status, json['hint']]).toEqual([400, expect.stringContaining('application/json')]);
});

it('says that it is not set up where there is no secret', async () => {
  const { call } = await apiBed();
  const answer = await call(webhookRequest({}, { secret, event: 'ping' }));
  expect(answer).toMatchObject({ status: 404, json: { code: 'WebhookNotSetUp' } });
});

it('reads no other body as text: elsewhere JSON stays JSON', async () => {
  const { call, token } = await webhookBed();
  const headers = await token('build');
  const payload = { commit, recipe: inlineRecipe };
  expect((await call({ method: 'POST', url: '/v1/plans', headers, payload })).status).toBe(200);
});
