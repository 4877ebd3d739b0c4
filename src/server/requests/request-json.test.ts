import { expect, it } from 'vitest';
import { apiBed, commit, inlineRecipe } from '../../../test/helpers/api-bed.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

it('refuses a deeply nested body before it is parsed or hashed', async () => {
  const { call, headers } = await apiBed();
  const deep = nested(100_000);
  for (const payload of [`{"commit":"${commit}","recipe":{"version":1,"x":${deep}}}`, deep]) {
    const sent = { ...headers, 'content-type': 'application/json', 'idempotency-key': 'deep' };
    const { status, json } = await call({ method: 'POST', url: '/v1/builds', headers: sent, payload });
    expect([status, json['code'], json['detail']]).toEqual([
      400,
      'RequestInvalid',
      'the request cannot be read: it is nested more than 32 deep',
    ]);
  }
});

it('refuses a body with too many values before it is hashed', async () => {
  const { call, headers } = await apiBed();
  const payload = `{"commit":"${commit}","recipe":[${'1,'.repeat(20_000)}1]}`;
  const sent = { ...headers, 'content-type': 'application/json', 'idempotency-key': 'many' };
  const { status, json } = await call({ method: 'POST', url: '/v1/builds', headers: sent, payload });
  expect([status, json['detail']]).toEqual([400, expect.stringContaining('more than 20000 values')]);
});

it('refuses invalid JSON, and keys that would change a prototype', async () => {
  const { call, headers } = await apiBed();
  const post = async (payload: string, type = 'application/json') =>
    (await call({ method: 'POST', url: '/v1/builds', headers: { ...headers, 'content-type': type }, payload })).status;
  expect(await post('{')).toBe(400);
  expect(await post('')).toBe(400);
  expect(await post('{"__proto__":{"x":1}}')).toBe(400);
  expect(await post(JSON.stringify({ commit, recipe: inlineRecipe }), 'application/json; charset=utf-8')).toBe(201);
});

it('suggests known keys for only a few unknown ones', async () => {
  const { call } = await apiBed();
  const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`imagez${index}`, 1]));
  const recipe = { ...inlineRecipe, ...unknown, ['y'.repeat(100_000)]: 1 };
  const { status, text } = await call({ method: 'POST', url: '/v1/plans', payload: { commit, recipe } });
  expect(status).toBe(422);
  expect([...text.matchAll(/did you mean|; there are/g)].length).toBeLessThanOrEqual(5);
});
