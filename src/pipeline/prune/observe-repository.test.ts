import { expect, it } from 'vitest';
import { FakeRegistry } from '../../../test/helpers/fake-registry.ts';
import { observeRepository } from './observe-repository.ts';

it('sends a few requests at once, and none after the registry has failed', async () => {
  let requests = 0;
  const registry = new FakeRegistry({
    fault: () => {
      requests += 1;
      return requests === 20 ? 'lost-before' : undefined;
    },
  });
  const tags = Array.from({ length: 1_000 }, (_, at) => `tag-${String(at)}`);
  await expect(observeRepository(registry, tags, [])).rejects.toMatchObject({ code: 'RegistryUnreachable' });
  // Whatever was still to be sent would be by now.
  await new Promise(setImmediate);
  expect(requests).toBeLessThan(20 + 2 * 8);
});
