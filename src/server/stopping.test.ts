import { expect, it } from 'vitest';
import { apiBed } from '../../test/helpers/api-bed.ts';

it('is not ready once it is stopping, but stays live and still answers', async () => {
  const { call, stop } = await apiBed();
  const status = async (url: string): Promise<number> => (await call({ method: 'GET', url })).status;
  expect(await status('/readyz')).toBe(200);
  stop.abort();
  const answer = await call({ method: 'GET', url: '/readyz' });
  expect([answer.status, answer.json['code'], answer.headers['retry-after']]).toEqual([503, 'ServiceStopping', '5']);
  expect(await status('/healthz')).toBe(200);
  expect(await status('/v1/builds')).toBe(200);
});
