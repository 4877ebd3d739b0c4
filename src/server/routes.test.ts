import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { apiBed, commit, destination, inlineRecipe, repository } from '../../test/helpers/api-bed.ts';
import { amd64, samplePlan } from '../../test/helpers/sample-builds.ts';
import { publishedBuild } from '../../test/helpers/shown-builds.ts';
import { buildSchema } from '../build-json/shapes.ts';
import type { SecretRule } from '../domain/build-secrets.ts';
import { eventListSchema, imagesSchema } from './schemas/answers.ts';

const submit = { method: 'POST', url: '/v1/builds' } as const;

it('accepts a build once: created, then joined', async () => {
  const { call, woken, stores } = await apiBed();
  const first = await call({ ...submit, payload: { commit, recipe: inlineRecipe } });
  expect([first.status, first.json['outcome']], first.text).toEqual([201, 'created']);
  const build = buildSchema.parse(first.json['build']);
  expect(build).toMatchObject({ commit, repository, destination, state: 'building', recipe: 'one' });
  expect(first.headers['location']).toBe(`/v1/builds/${build.id}`);
  expect(woken()).toBe(1);
  const second = await call({ ...submit, payload: { commit, recipe: inlineRecipe } });
  expect([second.status, second.json['outcome']]).toEqual([200, 'joined']);
  expect(buildSchema.parse(second.json['build']).id).toBe(build.id);
  expect(await stores.builds.list({ limit: 9 })).toHaveLength(1);
});

it('accepts a branch and a preset by name', async () => {
  const { call } = await apiBed();
  const { status, json, text } = await call({ ...submit, payload: { ref: 'main', recipe: 'vecoli' } });
  expect(status, text).toBe(201);
  expect(json['build']).toMatchObject({ commit, reference: 'main', recipe: 'vecoli' });
});

it('stores the Idempotency-Key atomically with the build, so that a crash cannot separate them', async () => {
  const { call, stores, parts, headers } = await apiBed();
  const record = () => Promise.reject(new Error('the process died'));
  const dying = await apiBed({
    parts: {
      store: stores.builds,
      tokens: stores.tokens,
      requests: { find: (owner, key) => parts.requests.find(owner, key), record },
    },
  });
  const request = {
    ...submit,
    headers: { ...headers, 'idempotency-key': 'one' },
    payload: { commit, recipe: inlineRecipe },
  };
  expect((await dying.call(request)).status).toBe(201);
  const [build] = await stores.builds.open();
  await stores.builds.append(build!, [{ type: 'build.cancelled' }], 5);
  const again = await call(request);
  expect([again.status, buildSchema.parse(again.json['build']).id], again.text).toEqual([200, build?.id]);
});

it('returns the same build for the same Idempotency-Key, even after it has ended', async () => {
  const { call, stores } = await apiBed();
  const request = { ...submit, headers: { 'idempotency-key': 'abc' }, payload: { commit, recipe: inlineRecipe } };
  const first = await call(request);
  const { id } = buildSchema.parse(first.json['build']);
  const build = await stores.builds.load(id);
  const failure = { code: 'JobFailed', message: 'it failed', hint: 'mend it', infrastructure: false } as const;
  await stores.builds.append(build!, [{ type: 'build.failed', failure }], Date.now());
  const second = await call(request);
  expect(second.status).toBe(200);
  expect(second.json['build']).toMatchObject({ id, state: 'failed', failure });
  const other = await call({ ...request, payload: { ref: 'main', recipe: inlineRecipe } });
  expect([other.status, other.json['code']]).toEqual([422, 'IdempotencyKeyReused']);
  const without = await call({ ...request, headers: {} });
  expect(without.status).toBe(201);
  expect(buildSchema.parse(without.json['build']).id).not.toBe(id);
});

it('refuses a body that other parsers would read differently, before it is hashed', async () => {
  const { call, headers: authorization } = await apiBed();
  const body = JSON.stringify({ commit, recipe: inlineRecipe });
  const headers = { ...authorization, 'content-type': 'application/json', 'idempotency-key': 'strict' };
  for (const [payload, why] of [
    [body.replace('{', `{"commit":"${'b'.repeat(40)}",`), '"commit" appears twice'],
    [body.replace('"version"', '"versio\\u006e":1,"version"'), '"version" appears twice'],
    ['['.repeat(100_000), 'nested more than'],
    [Buffer.from('{"commit":"\u00e9"}', 'latin1'), 'UTF-8'],
    ['', 'not valid JSON'],
  ] as const) {
    const { status, json } = await call({ ...submit, headers, payload });
    expect([status, json['code'], json['detail']]).toEqual([400, 'RequestInvalid', expect.stringContaining(why)]);
  }
  expect((await call({ ...submit, headers, payload: body })).status).toBe(201);
});

it('returns one answer for the same Idempotency-Key in concurrent requests', async () => {
  const { call, stores, parts, headers } = await apiBed();
  const request = {
    ...submit,
    headers: { ...headers, 'idempotency-key': 'twice' },
    payload: { commit, recipe: inlineRecipe },
  };
  const first = await call(request);
  const [build] = await stores.builds.open();
  await stores.builds.append(build!, [{ type: 'build.cancelled' }], 5);
  // The concurrent request found no answer yet.
  const requests = { find: async () => undefined, record: parts.requests.record.bind(parts.requests) };
  const raced = await apiBed({ parts: { store: stores.builds, tokens: stores.tokens, requests } });
  const second = await raced.call(request);
  expect([first.status, second.status, second.json['outcome']], second.text).toEqual([201, 200, 'joined']);
  expect(buildSchema.parse(second.json['build']).id).toBe(build?.id);
  const other = await raced.call({ ...request, payload: { ...request.payload, force: true } });
  expect([other.status, other.json['code']]).toEqual([422, 'IdempotencyKeyReused']);
  expect(await stores.builds.list({ limit: 9 })).toHaveLength(1);
});

it.each([
  ['a file of the server', { commit, recipe: '/etc/passwd' }, 422, 'RecipeNotFound'],
  ['a recipe with an error', { commit, recipe: { version: 1, name: 'x', images: {} } }, 422, 'RecipeInvalid'],
  ['no commit', { recipe: 'vecoli' }, 400, 'RequestInvalid'],
  ['a commit and a branch', { commit, ref: 'main', recipe: 'vecoli' }, 400, 'RequestInvalid'],
  ['a short commit', { commit: 'abc1234', recipe: 'vecoli' }, 400, 'RequestInvalid'],
  ['an unknown field', { commit, recipe: 'vecoli', privileged: true }, 400, 'RequestInvalid'],
  ['a repository elsewhere', { commit, recipe: 'vecoli', repository: 'https://evil.example/x' }, 403, 'NotAllowedHere'],
  ['a repository by ssh', { commit, recipe: 'vecoli', repository: 'ssh://git@x/y' }, 422, 'RepositoryInvalid'],
  ['a destination elsewhere', { commit, recipe: 'vecoli', destination: 'evil.example/x' }, 403, 'NotAllowedHere'],
])('refuses %s', async (_what, payload, status, code) => {
  const { call, stores } = await apiBed();
  for (const url of ['/v1/builds', '/v1/plans']) {
    const answer = await call({ method: 'POST', url, payload });
    expect([answer.status, answer.json['code']], answer.text).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(Object.keys(answer.json)).toEqual(expect.arrayContaining(['type', 'title', 'status', 'detail', 'hint']));
  }
  expect(await stores.builds.list({ limit: 1 })).toEqual([]);
});

it('plans without building', async () => {
  const { call, stores } = await apiBed();
  const { status, json } = await call({ method: 'POST', url: '/v1/plans', payload: { commit, recipe: 'vecoli' } });
  expect(status).toBe(200);
  expect(json).toMatchObject({ version: 1, source: { repository, commit }, destination: { repository: destination } });
  expect(await stores.builds.list({ limit: 1 })).toEqual([]);
});

it('estimates a plan by the builds before it, and counts those ahead', async () => {
  const { call, stores } = await apiBed();
  const planned = async () =>
    (await call({ method: 'POST', url: '/v1/plans', payload: { commit, recipe: 'vecoli' } })).json['estimate'];
  expect(await planned()).toMatchObject({ builds: 0, live: 0, ahead: 0, buildSeconds: null });

  const ofRecipe = { recipe: 'vecoli', repository };
  const { build } = await createBuild(stores.builds, ofRecipe, samplePlan());
  const job = { platform: 'linux/amd64', attempt: 1 } as const;
  const ended = { type: 'job.ended', result: 'succeeded', finishedAt: build.createdAt + 90_000, phases: [] } as const;
  await stores.builds.append(
    build,
    [
      { ...job, type: 'job.intended', name: 'amd64-1' },
      { ...job, type: 'job.started', startedAt: build.createdAt + 30_000, jobKey: 'key' },
      { ...job, ...ended },
      { type: 'build.published' },
    ],
    build.createdAt,
  );
  const same = samplePlan({ repository: destination });
  await createBuild(stores.builds, { destination }, { ...same, tags: [{ ...same.tags[0]!, tag: commit }] });
  await createBuild(stores.builds, { destination }, samplePlan({ repository: destination }));
  expect(await planned()).toMatchObject({
    ...{ builds: 1, live: 2, ahead: 1, buildSeconds: null },
    jobs: [
      { platform: 'linux/arm64', runs: 0, waitingSeconds: null, runSeconds: null },
      {
        platform: 'linux/amd64',
        runs: 1,
        waitingSeconds: { median: 30, p90: 30 },
        runSeconds: { median: 60, p90: 60 },
      },
    ],
  });
});

it('lists by page and by filter', async () => {
  const { call, stores } = await apiBed();
  const made = [];
  for (let day = 1; day <= 5; day += 1)
    made.push((await createBuild(stores.builds, { createdAt: Date.UTC(2026, 0, day) }, samplePlan())).build);
  const seen: string[] = [];
  for (let before: string | null = ''; before !== null; ) {
    const page = await call({
      method: 'GET',
      url: `/v1/builds?limit=2${before === '' ? '' : `&before=${before}`}`,
    });
    expect(page.status, page.text).toBe(200);
    seen.push(...(page.json['builds'] as { id: string }[]).map(({ id }) => id));
    before = page.json['next'] as string | null;
  }
  expect(seen).toEqual(made.map(({ id }) => id).reverse());
  const ids = async (query: string): Promise<unknown> =>
    ((await call({ method: 'GET', url: `/v1/builds?${query}` })).json['builds'] as { id: string }[]).map(
      ({ id }) => id,
    );
  expect(await ids(`commit=${made[0]!.commit.slice(0, 9)}`)).toEqual([made[0]!.id]);
  expect(await ids('state=failed&state=cancelled')).toEqual([]);
  expect(await ids('state=building')).toHaveLength(5);
  expect(await ids(`repository=${encodeURIComponent('https://git.example/other.git')}`)).toEqual([]);
  const spelled = made[0]!.repository.replace('git.example', 'GIT.example:443');
  expect(await ids(`repository=${encodeURIComponent(spelled)}`)).toHaveLength(5);
  const wrong = await call({ method: 'GET', url: '/v1/builds?repository=nowhere' });
  expect([wrong.status, wrong.json['code']]).toEqual([422, 'RepositoryInvalid']);
});

it('shows, cancels and retries a build', async () => {
  const { call, stores, woken } = await apiBed();
  const { build } = await createBuild(stores.builds);
  const shown = await call({ method: 'GET', url: `/v1/builds/${build.id}` });
  expect(buildSchema.parse(shown.json)).toMatchObject({ id: build.id, state: 'building' });
  const early = await call({ method: 'POST', url: `/v1/builds/${build.id}/retry` });
  expect([early.status, early.json['code']]).toEqual([409, 'BuildNotRetryable']);
  const cancelled = await call({ method: 'POST', url: `/v1/builds/${build.id}/cancel` });
  expect(cancelled.status).toBe(200);
  const stored = await stores.builds.load(build.id);
  expect(stored?.cancelRequestedAt).toBeDefined();
  await stores.builds.append(stored!, [{ type: 'build.cancelled' }], Date.now());
  const retried = await call({ method: 'POST', url: `/v1/builds/${build.id}/retry` });
  expect(retried.json).toMatchObject({ id: build.id, state: 'building' });
  expect(woken()).toBe(2);
});

it('retries and cancels only builds that it may create', async () => {
  const { call, stores } = await apiBed();
  for (const other of [{ repository: 'https://elsewhere.example/app.git' }, { destination: 'elsewhere.example/app' }]) {
    const { build } = await createBuild(stores.builds, { key: JSON.stringify(other), ...other });
    await stores.builds.append(build, [{ type: 'build.cancelled' }], 2);
    const answer = await call({ method: 'POST', url: `/v1/builds/${build.id}/retry` });
    expect([answer.status, answer.json['code']]).toEqual([403, 'NotAllowedHere']);
    expect((await stores.builds.load(build.id))?.state).toBe('cancelled');
    const { build: running } = await createBuild(stores.builds, { key: `running ${JSON.stringify(other)}`, ...other });
    const refused = await call({ method: 'POST', url: `/v1/builds/${running.id}/cancel` });
    expect([refused.status, refused.json['code']]).toEqual([403, 'NotAllowedHere']);
    expect((await stores.builds.load(running.id))?.cancelRequestedAt).toBeUndefined();
  }
});

it('records the caller of each change in the history', async () => {
  const { call, token, stores } = await apiBed();
  const headers = await token('build', 'nightly');
  const { json } = await call({ ...submit, headers, payload: { commit, recipe: inlineRecipe } });
  const { id } = buildSchema.parse(json['build']);
  await call({ method: 'POST', url: `/v1/builds/${id}/cancel`, headers });
  await stores.builds.append((await stores.builds.load(id))!, [{ type: 'build.cancelled' }], Date.now());
  await call({ method: 'POST', url: `/v1/builds/${id}/retry`, headers });
  const events = await stores.builds.events({ buildId: id, after: 0, limit: 9 });
  expect(events.map(({ event }) => [event.type, 'by' in event && event.by])).toEqual([
    ['build.created', 'nightly'],
    ['build.cancel-requested', 'nightly'],
    ['build.cancelled', false],
    ['build.retried', 'nightly'],
  ]);
});

it('reports what does not exist', async () => {
  const { call } = await apiBed();
  for (const path of ['', '/logs/arm64', '/events'])
    expect((await call({ method: 'GET', url: `/v1/builds/0123456789ab${path}` })).json['code']).toBe('BuildNotFound');
  for (const path of ['/cancel', '/retry'])
    expect((await call({ method: 'POST', url: `/v1/builds/0123456789ab${path}` })).json['code']).toBe('BuildNotFound');
  expect((await call({ method: 'GET', url: '/v1/builds/no-id' })).json['code']).toBe('RequestInvalid');
  expect((await call({ method: 'GET', url: '/v2' })).json).toMatchObject({ status: 404, code: 'RouteNotFound' });
});

it('lists what a commit published', async () => {
  const { call, stores } = await apiBed();
  await stores.builds.create(publishedBuild(), samplePlan(), []);
  const { json } = await call({ method: 'GET', url: `/v1/images?commit=${commit}` });
  const [found] = imagesSchema.parse(json).builds;
  expect(found?.tags.map(({ tag }) => tag)).toEqual([commit, `${commit}-submit`]);
  expect((await call({ method: 'GET', url: '/v1/images?commit=0000000' })).json).toEqual({ builds: [] });
  stores.builds.load = async () => undefined;
  expect((await call({ method: 'GET', url: '/v1/images' })).json).toEqual({ builds: [] });
});

it('pages through events', async () => {
  const { call, stores } = await apiBed();
  const { build } = await createBuild(stores.builds);
  await createBuild(stores.builds, { key: 'other' });
  const all = eventListSchema.parse((await call({ method: 'GET', url: '/v1/events' })).json);
  expect(all.events).toHaveLength(2);
  const own = eventListSchema.parse((await call({ method: 'GET', url: `/v1/builds/${build.id}/events` })).json);
  expect(own.events).toMatchObject([{ buildId: build.id, event: { type: 'build.created' } }]);
  const rest = await call({ method: 'GET', url: `/v1/builds/${build.id}/events?after=${own.next}` });
  expect(rest.json).toEqual({ events: [], next: own.next });
});

it('returns a log as text without the marks of the builder, and resumes at an offset', async () => {
  const { call, stores } = await apiBed();
  const { build } = await createBuild(stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  await stores.builds.append(
    build,
    [
      { type: 'job.intended', ...job, name: `twinhull-${build.id}-amd64-1` },
      { type: 'job.queued', ...job, backendId: 'x', adopted: false },
    ],
    Date.now(),
  );
  const log = { buildId: build.id, ...job };
  const nonce = '0123456789abcdef0123456789abcdef';
  const first = `##twinhull ${nonce} 0.00 hello 1 1767225600 key\none\n`;
  const second = `##twinhull ${nonce} 1.00 begin clone -\ntwo\n##twinhull ffff 1.00 begin clone -\n`;
  await stores.builds.appendLog({ log, offset: 0, text: first, cursor: '1' }, [], 1);
  const url = `/v1/builds/${build.id}/logs/amd64`;
  const before = await call({ method: 'GET', url });
  expect([before.status, before.text], before.text).toEqual([200, 'one\n']);
  expect(before.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'twinhull-attempt': '1' });
  await stores.builds.appendLog({ log, offset: first.length, text: second, cursor: '2' }, [], 1);
  const after = await call({ method: 'GET', url: `${url}?offset=${String(before.headers['twinhull-next-offset'])}` });
  expect(after.text).toBe('two\n##twinhull ffff 1.00 begin clone -\n');
  expect((await call({ method: 'GET', url: `${url}?attempt=2` })).json['code']).toBe('BuildNotFound');
});

it('shows phases of a build with more than one page of events', async () => {
  const { call, stores } = await apiBed();
  let { build } = await createBuild(stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  build = await stores.builds.append(
    build,
    [
      { type: 'job.intended', ...job, name: `twinhull-${build.id}-amd64-1` },
      { type: 'job.queued', ...job, backendId: 'x', adopted: false },
      { type: 'job.started', ...job, startedAt: 1, jobKey: 'x' },
      ...Array.from({ length: 1_200 }, (_, n) => ({ type: 'job.note' as const, ...job, text: `note ${n}` })),
      { type: 'job.phase', ...job, phase: 'clone', status: 'begin' },
    ],
    1,
  );
  const shown = buildSchema.parse((await call({ method: 'GET', url: `/v1/builds/${build.id}` })).json);
  const attempt = shown.jobs.find(({ platform }) => platform === amd64)?.attempts[0];
  expect(attempt?.phases.map(({ phase }) => phase)).toEqual(['clone']);
});

it('serves health, readiness, metrics and recipes', async () => {
  const { call, stores } = await apiBed();
  await createBuild(stores.builds);
  expect((await call({ method: 'GET', url: '/healthz' })).json).toEqual({ status: 'ok' });
  expect((await call({ method: 'GET', url: '/readyz' })).json).toEqual({ status: 'ok' });
  const metrics = (await call({ method: 'GET', url: '/metrics' })).text;
  expect(metrics).toContain('twinhull_builds{state="building"} 1');
  expect(metrics).toContain('twinhull_events_sequence 1');
  expect(metrics).toContain('twinhull_http_request_seconds_count{method="GET",route="/readyz",status="200"} 1');
  const recipes = (await call({ method: 'GET', url: '/v1/recipes' })).json;
  expect(recipes['recipes']).toMatchObject([{ name: 'vecoli', options: { type: 'object' } }]);
});

it('describes every route, for programs and for people', async () => {
  const { call } = await apiBed();
  const document = (await call({ method: 'GET', url: '/openapi.json' })).json;
  expect(document['openapi']).toBe('3.1.0');
  const page = (await call({ method: 'GET', url: '/docs' })).text;
  for (const path of Object.keys(document['paths'] as object)) expect(page).toContain(path);
});

it('returns 503 while the store is unavailable', async () => {
  const { call, stores } = await apiBed();
  await stores.builds.close();
  const answer = await call({ method: 'GET', url: '/readyz' });
  expect([answer.status, answer.json['code'], answer.headers['retry-after']]).toEqual([503, 'StoreUnavailable', '5']);
  expect((await call({ method: 'GET', url: '/healthz' })).status).toBe(200);
});

it('returns only an id for an unexpected error, and logs the details', async () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const preparePlan = () => Promise.reject(new RangeError('something of the inside'));
  const { call } = await apiBed({ parts: { preparePlan }, options: { logger } });
  const answer = await call({ ...submit, payload: { commit, recipe: 'vecoli' } });
  expect([answer.status, answer.json['code']]).toEqual([500, 'InternalError']);
  expect(answer.text).not.toContain('inside');
  const logged = lines.find((line) => line.includes(String(answer.json['errorId'])));
  expect(logged).toContain('something of the inside');
});

it('refuses a body of more than 256 KiB', async () => {
  const { call } = await apiBed();
  const answer = await call({ ...submit, payload: { commit, recipe: 'x'.repeat(300_000) } });
  expect([answer.status, answer.json['code']]).toEqual([413, 'RequestTooLarge']);
});

it('refuses build secrets to a submitted recipe, in plans and builds alike', async () => {
  const { call, stores } = await apiBed();
  const secret = { dockerfile: { inline: 'FROM scratch\n', secrets: ['npm'] } };
  const recipe = { version: 1, name: 'one', images: { app: secret } };
  for (const url of ['/v1/plans', '/v1/builds']) {
    const { status, json } = await call({ method: 'POST', url, payload: { commit, recipe } });
    expect([url, status, json['code']]).toEqual([url, 403, 'SecretNotAllowed']);
  }
  expect(await stores.builds.list({ limit: 1 })).toEqual([]);
});

it('applies the current rules when it retries a build with a build secret', async () => {
  const rules = new Map<string, SecretRule>([['npm', { callers: 'allow' }]]);
  const { call, stores } = await apiBed({ parts: { secretRules: rules } });
  const recipe = { version: 1, name: 'one', images: { app: { dockerfile: { secrets: ['npm'] } } } };
  const { json } = await call({ ...submit, payload: { commit, recipe } });
  const { id } = buildSchema.parse(json['build']);
  const retry = () => call({ method: 'POST', url: `/v1/builds/${id}/retry` });
  await stores.builds.append((await stores.builds.load(id))!, [{ type: 'build.cancelled' }], 5);
  rules.clear();
  expect(await retry()).toMatchObject({ status: 403, json: { code: 'SecretNotAllowed' } });
  rules.set('npm', { callers: 'allow' });
  expect((await retry()).status).toBe(200);
});

it('forbids other sites from framing its pages', async () => {
  const { app, call } = await apiBed();
  expect(app.hasRoute({ method: 'GET', url: '/docs' })).toBe(true);
  const { headers } = await call({ method: 'GET', url: '/docs' });
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-frame-options']).toBe('DENY');
  expect((await call({ method: 'GET', url: '/openapi.json' })).headers['x-frame-options']).toBeUndefined();
});
