import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { type ApiBed, apiBed, commit, inlineRecipe } from '../../test/helpers/api-bed.ts';
import { anything, type JsonSchema, nearly } from '../../test/helpers/arbitrary-from-schema.ts';
import { amd64 } from '../../test/helpers/sample-builds.ts';

const requests = Number(process.env['TWINHULL_SOAK_REQUESTS'] || 5_000);

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string;
}

/** Requests to every route, as described by its schema or close to it. */
function requestsTo({ app }: ApiBed, buildId: string): fc.Arbitrary<Sent> {
  const { paths } = app.swagger() as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestTo(path, method, operation, buildId)),
  );
  expect(operations.length).toBeGreaterThan(12);
  return fc.oneof(...operations);
}

function requestTo(path: string, method: string, operation: Operation, buildId: string): fc.Arbitrary<Sent> {
  const { parameters = [], requestBody } = operation;
  const given = (place: string): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(
      Object.fromEntries(
        parameters.filter((each) => each.in === place).map(({ name, schema }) => [name, nearly(schema)]),
      ),
      place === 'path' ? {} : { requiredKeys: [] },
    );
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  const described = schema === undefined ? fc.constant(undefined) : nearly(schema);
  // Some requests must pass all checks.
  const whole = fc.record({
    commit: fc.constant(commit),
    recipe: fc.constantFrom(inlineRecipe, 'vecoli'),
    force: fc.boolean(),
  });
  const body =
    schema === undefined ? described : fc.oneof({ weight: 3, arbitrary: described }, { weight: 1, arbitrary: whole });
  return fc
    .record({
      place: given('path'),
      ofBuild: fc.boolean(),
      query: given('query'),
      headers: given('header'),
      accept: fc.constantFrom('*/*', 'text/event-stream', 'application/json', '\u00ff'),
      type: fc.constantFrom(
        'application/json',
        'application/json',
        'application/json',
        'text/plain',
        'application/x-www-form-urlencoded',
      ),
      body: fc.oneof(
        { weight: 9, arbitrary: body.map((value): string | undefined => JSON.stringify(value)) },
        { weight: 1, arbitrary: anything.map(String) },
      ),
    })
    .map(({ place, ofBuild, query, headers, accept, type, body: payload }) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encoded(name === 'id' && ofBuild ? buildId : String(place[name])),
      );
      const search = new URLSearchParams(
        Object.entries(query).flatMap(([name, value]) =>
          [value].flat().map((one): [string, string] => [name, String(one)]),
        ),
      );
      return {
        method: method === 'post' ? 'POST' : 'GET',
        url: `${filled}?${search.toString()}`,
        headers: {
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerText(value)])),
          accept,
          ...(method === 'post' && payload !== undefined && { 'content-type': type }),
        },
        ...(method === 'post' && payload !== undefined && { payload }),
      };
    });
}

/** A lone surrogate cannot appear in a URL. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?')) || 'x';
}

/** What a client is able to send. */
function headerText(value: unknown): string {
  return String(value).replace(/[^\x20-\x7e]/g, '?');
}

/** Paths of this machine, stack traces, SQL statements. */
const inside = new RegExp(
  `node_modules|${process.cwd()}|/src/|\\bat .*\\.[jt]s:\\d+|SQLITE|SqliteError|\\b(select|insert|update) .* (from|into|set) `,
  'i',
);

it('answers any request with a result or a problem: no 500, no hang, no internals', {
  timeout: 600_000,
}, async () => {
  const bed = await apiBed();
  // Streams end immediately.
  bed.stop.abort();
  const { build } = await createBuild(bed.stores.builds);
  const job = { platform: amd64, attempt: 1 } as const;
  await bed.stores.builds.append(build, [{ type: 'job.intended', ...job, name: `twinhull-${build.id}-amd64-1` }], 1);
  await bed.stores.builds.appendLog(
    { log: { buildId: build.id, ...job }, offset: 0, text: 'one\ntwo', cursor: '1' },
    [],
    1,
  );
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(requestsTo(bed, build.id), async (request) => {
      const answer = await bed.call(request);
      // It is stopping, so only /readyz fails.
      const isUnready = request.url.startsWith('/readyz') && answer.json['code'] === 'ServiceStopping';
      if (!isUnready) expect(answer.status, answer.text).toBeLessThan(500);
      const isPage = String(answer.headers['content-type']).startsWith('text/html');
      if (isPage) expect(answer.text).toMatch(/^<!doctype html>/);
      else if (answer.status >= 400)
        expect(answer.json).toMatchObject({ status: answer.status, code: expect.any(String) });
      expect(answer.text).not.toMatch(inside);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }),
    { numRuns: requests, interruptAfterTimeLimit: 590_000, markInterruptAsFailure: true },
  );
  // Some requests passed the checks.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 404, 409, 422]));
});
