import { expect, it } from 'vitest';
import { freshWorld } from '../../test/helpers/driver-world.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { submitBuild } from './submit-build.ts';

it('stores nothing if the backend cannot start the jobs of the plan', async () => {
  const world = await freshWorld();
  const checked: unknown[] = [];
  const backend = {
    check: async (...wanted: unknown[]) => {
      checked.push(wanted);
      throw new TwinhullError('BackendUnreachable', 'no queue for linux/arm64');
    },
  };
  const request = { plan: world.plan, reference: 'main', force: false };
  await expect(submitBuild(request, { ...world, backend })).rejects.toMatchObject({ code: 'BackendUnreachable' });
  expect(checked).toEqual([[['linux/arm64', 'linux/amd64'], []]]);
  expect(await world.store.open()).toEqual([]);
  expect((await submitBuild(request, world)).outcome).toBe('created');
});
