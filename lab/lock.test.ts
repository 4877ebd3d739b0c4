import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const silent = (): void => undefined;

test('one at a time: the second names the holder, and runs after the first', async () => {
  const file = join(folder, 'shared.lock');
  const order: string[] = [];
  let release = silent;
  const held = new Promise<void>((resolve) => (release = resolve));
  let begin = silent;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const first = withLock(file, silent, async () => {
    order.push('first begins');
    begin();
    await held;
    order.push('first ends');
  });
  await begun;
  const onWait = (pid: string): void => {
    order.push(`waits for ${pid}`);
    release();
  };
  const second = withLock(file, onWait, async () => {
    order.push('second');
  });
  await Promise.all([first, second]);
  expect(order).toEqual(['first begins', `waits for ${process.pid}`, 'first ends', 'second']);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['of a process that is gone', '4194304 1'],
  ['of a process whose id was used again', `${process.pid} 1`],
])('a lock %s is taken over without waiting', async (_case, owner) => {
  const file = join(folder, 'stale.lock');
  writeFileSync(file, owner);
  const waits: string[] = [];
  expect(
    await withLock(
      file,
      (pid) => waits.push(pid),
      async () => 'done',
    ),
  ).toBe('done');
  expect(waits).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a failure releases the lock', async () => {
  const file = join(folder, 'failing.lock');
  const failing = withLock(file, silent, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});
