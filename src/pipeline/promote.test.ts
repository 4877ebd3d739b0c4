import { expect, it } from 'vitest';
import type { BuildStore } from '../ports/build-store.ts';
import { systemClock } from '../ports/clock.ts';
import { promote } from './promote.ts';

const untouchable = new Proxy({}, { get: (_, name) => expect.fail(`${String(name)} was asked for`) }) as BuildStore;
const parts = { store: untouchable, registryFor: () => expect.fail('the registry was asked for'), clock: systemClock };
const other = 'b'.repeat(40);

it.each([other, `${other}-submit`, 'staging-app-amd64-0123456789ab', 'cache-app-amd64'])(
  'does not move %s, which is reserved for builds',
  async (tag) => {
    await expect(promote({ commit: 'a'.repeat(40), tag }, parts)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringContaining('is a tag that builds publish') as string,
    });
  },
);
