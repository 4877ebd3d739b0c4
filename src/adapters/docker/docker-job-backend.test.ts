import { expect, it } from 'vitest';
import { NameLocks } from './docker-job-backend.ts';

it('runs tasks of one name in sequence, even after failures, and others concurrently', async () => {
  const locks = new NameLocks();
  const seen: string[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = locks.hold('a', async () => {
    seen.push('a1 begins');
    await gate;
    seen.push('a1 fails');
    throw new Error('a1');
  });
  const second = locks.hold('a', async () => seen.push('a2'));
  await locks.hold('b', async () => seen.push('b'));
  release();
  await expect(first).rejects.toThrow('a1');
  await second;
  expect(seen).toEqual(['a1 begins', 'b', 'a1 fails', 'a2']);
});
