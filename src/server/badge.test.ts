import { expect, it } from 'vitest';
import { createBuild } from '../../test/contract/build-store/open-store.ts';
import { type ApiBed, apiBed } from '../../test/helpers/api-bed.ts';
import { badge } from './pages/badge.ts';

async function publish(
  { stores }: ApiBed,
  ...words: Parameters<typeof createBuild> extends [unknown, ...infer R] ? R : never
) {
  const { build } = await createBuild(stores.builds, ...words);
  await stores.builds.append(build, [{ type: 'build.published' }], build.createdAt + 1);
  return build;
}

const badgeOf = ({ call }: ApiBed, query: Record<string, string>) =>
  call({ method: 'GET', url: `/v1/badge.svg?${new URLSearchParams(query).toString()}` });

it('shows the last published commit of a branch, of a recipe and of a repository', async () => {
  const bed = await apiBed();
  const older = await publish(bed, { branch: 'main' });
  const newer = await publish(bed, { branch: 'main', createdAt: older.createdAt + 1 });
  await createBuild(bed.stores.builds, { branch: 'main', createdAt: older.createdAt + 2 });
  const other = await publish(bed, { branch: 'other', recipe: 'tools', createdAt: older.createdAt + 3 });
  const { status, headers, text } = await badgeOf(bed, { branch: 'main' });
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    'image/svg+xml; charset=utf-8',
    'private, no-cache',
  ]);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(text).toContain(`aria-label="main: ${newer.commit.slice(0, 7)}"`);
  expect((await badgeOf(bed, { branch: 'main', recipe: newer.recipe })).text).toContain(
    `"${newer.recipe} · main: ${newer.commit.slice(0, 7)}"`,
  );
  expect((await badgeOf(bed, { recipe: 'tools' })).text).toContain(`"tools: ${other.commit.slice(0, 7)}"`);
  expect((await badgeOf(bed, { repository: other.repository })).text).toContain(
    `"acme/model: ${other.commit.slice(0, 7)}"`,
  );
  expect((await badgeOf(bed, { branch: 'none' })).text).toContain('"none: not published"');
});

it('refuses a badge of nothing, and a caller without a token', async () => {
  const bed = await apiBed();
  const refused = await badgeOf(bed, {});
  expect([refused.status, refused.json['code']]).toEqual([400, 'RequestInvalid']);
  expect(refused.json['detail']).toContain('name a branch, a recipe or a repository');
  expect((await badgeOf(bed, { branch: 'a\u0000' })).status).toBe(400);
  const anonymous = await apiBed({ anonymous: true });
  expect((await badgeOf(anonymous, { branch: 'main' })).status).toBe(401);
});

it('shows markup as text, and refers to nothing', () => {
  const green = '#116b36';
  const drawn = badge(
    { text: `<script>alert(1)</script>&"'`, background: green },
    { text: `a\u202eb\u0000\ud800${'x'.repeat(100)}`, background: green },
  );
  expect(drawn).not.toContain('<script');
  expect(drawn).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;');
  expect(drawn).toContain(`a\ufffdb\ufffd\ufffd${'x'.repeat(54)}…<`);
  expect(drawn.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\((?!#r\))|style/);
});
