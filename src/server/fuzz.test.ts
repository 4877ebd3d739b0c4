import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { apiBed, commit, inlineRecipe } from '../../test/helpers/api-bed.ts';

const requests = 400;

/** What a field may hold that its schema says nothing of. */
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e99',
    'NaN',
    '../../etc/passwd',
    "' or 1=1 --",
    '%00',
    '\u0000',
    '\ud800',
    'main',
    commit,
  ),
  fc.integer(),
  fc.constant(null),
);

const body = fc.oneof(
  fc.record(
    {
      repository: anything,
      ref: anything,
      commit: fc.oneof(anything, fc.constant(commit)),
      recipe: fc.oneof(anything, fc.constant(inlineRecipe), fc.constant('vecoli'), fc.jsonValue()),
      destination: anything,
      force: fc.oneof(fc.boolean(), anything),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);

it('answers whatever comes with a result or a problem: no 500, no hang, nothing of the inside', async () => {
  const { app, call, stores } = await apiBed();
  const { build } = await createBuild(stores.builds);
  const { paths } = app.swagger() as {
    paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({ path, method, parameters })),
  );
  const operation = fc.constantFrom(...operations);
  const id = fc.oneof(fc.constant(build.id), anything.map(String));
  await fc.assert(
    fc.asyncProperty(
      operation,
      id,
      fc.oneof(fc.constantFrom('arm64', 'amd64'), anything.map(String)),
      fc.array(anything, { minLength: 6, maxLength: 6 }),
      fc.option(body, { nil: undefined }),
      async ({ path, method, parameters }, buildId, platform, values, payload) => {
        const query = new URLSearchParams();
        const headers: Record<string, string> = {};
        parameters.forEach(({ name, in: place }, index) => {
          const value = values[index % values.length];
          if (value === null) return;
          if (place === 'query') query.append(name, String(value));
          if (place === 'header') headers[name] = String(value).replace(/[^\x20-\x7e]/g, '?');
        });
        const url = `${path.replace('{id}', encoded(buildId)).replace('{platform}', encoded(platform))}?${query.toString()}`;
        const text = payload === undefined ? undefined : JSON.stringify(payload);
        const answer = await call({
          method: method.toUpperCase() as 'GET',
          url,
          headers: {
            ...headers,
            ...(text !== undefined && method === 'post' && { 'content-type': 'application/json' }),
          },
          ...(text !== undefined && method === 'post' && { payload: text }),
        });
        expect([answer.status, url, text], answer.text).toEqual([
          answer.status < 500 ? answer.status : 'below 500',
          url,
          text,
        ]);
        if (answer.status >= 400)
          expect(answer.json).toMatchObject({ status: answer.status, code: expect.any(String) });
        expect(answer.text).not.toMatch(/node_modules|at .*\.ts:\d+|SQLITE|select .* from/);
      },
    ),
    { numRuns: requests, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  );
});

/** A lone half of a pair cannot stand in a URL. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?')) || 'x';
}
