import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  type ApiDocument,
  canBeTried,
  requestPath,
  resolved,
  routeId,
  routesByTag,
  scopeOf,
  typeText,
} from './openapi.ts';

const document = JSON.parse(readFileSync(new URL('../../schema/openapi.json', import.meta.url), 'utf8')) as ApiDocument;
const routes = [...routesByTag(document).values()].flat();

const route = (method: string, path: string) => {
  const found = routes.find((each) => each.method === method && each.path === path);
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found;
};

it('has every operation once, each with an anchor of its own', () => {
  const all = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
  expect(routes).toHaveLength(all.length);
  expect(new Set(routes.map(routeId)).size).toBe(all.length);
  expect(routeId(route('get', '/v1/builds/{id}'))).toBe('get-v1-builds-id');
});

it('offers plain reads to try, with their parameters', () => {
  expect(canBeTried(route('get', '/v1/builds'))).toBe(true);
  expect(canBeTried(route('post', '/v1/builds'))).toBe(false);
  expect(canBeTried(route('get', '/v1/builds/{id}/follow'))).toBe(false);
  expect(requestPath(route('get', '/v1/builds'), { branch: 'a&b', recipe: '' })).toBe('/v1/builds?branch=a%26b');
  expect(requestPath(route('get', '/v1/builds/{id}'), { id: 'a/b' })).toBe('/v1/builds/a%2Fb');
});

it('names scopes and types', () => {
  expect(scopeOf(route('get', '/v1/builds').operation)).toBe('read');
  expect(scopeOf(route('get', '/healthz').operation)).toBeUndefined();
  expect(typeText({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('string or null');
  expect(typeText({ type: 'array', items: { $ref: '#/components/schemas/Build' } })).toBe('array of Build');
  expect(typeText({ enum: ['a', 'b'] })).toBe('"a", "b"');
  expect(typeText({})).toBe('any');
  expect(resolved({ $ref: '#/components/schemas/Build' }, document).properties).toHaveProperty('commit');
});
