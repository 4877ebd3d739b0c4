import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { apiBed } from '../../test/helpers/api-bed.ts';
import { readPageFiles } from './pages/page-files.ts';

async function pagesBed() {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-pages-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Twinhull</title>');
  await writeFile(join(folder, 'assets/index-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'assets/index-1a2b.js.map'), '{}');
  return apiBed({ anonymous: true, options: { pages: await readPageFiles(folder) } });
}

it.each(['/', '/new', '/trends', '/health', '/docs', '/sign-in', '/builds/0123456789ab'])(
  'serves the pages at %s to anyone, locked down',
  async (url) => {
    const { call } = await pagesBed();
    const { status, text, headers } = await call({ method: 'GET', url });
    expect([status, text]).toEqual([200, '<!doctype html><title>Twinhull</title>']);
    const policy = String(headers['content-security-policy']);
    expect(policy.split('; ').slice(0, 3)).toEqual(["default-src 'none'", "script-src 'self'", "style-src 'self'"]);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  },
);

it('lets browsers keep what has a hash in its name, zips it, and answers a known version with 304', async () => {
  const { app } = await pagesBed();
  const url = '/assets/index-1a2b.js';
  const { headers, body } = await app.inject({ url });
  expect(body).toBe('export {};');
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  const zipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  const again = await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

it('serves no other file, and no pages where none were built', async () => {
  const { call } = await pagesBed();
  for (const url of ['/assets/index-1a2b.js.map', '/assets/..%2findex.html', '/index.html', '/assets/'])
    expect([url, (await call({ method: 'GET', url })).status]).toEqual([url, 404]);
  const bare = await apiBed({ options: { pages: await readPageFiles('/nowhere') } });
  expect((await bare.call({ method: 'GET', url: '/' })).status).toBe(404);
  expect((await bare.call({ method: 'GET', url: '/docs' })).text).toContain('/v1/builds');
});
