import { expect, it } from 'vitest';
import { LoopShare } from './loop-share.ts';

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('lets other work of the process run during a long series of statements', async () => {
  const share = new LoopShare();
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  for (let statement = 0; statement < 50; statement += 1) {
    await share.take();
    work(2);
  }
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(5);
});

it('does not delay the first statements', async () => {
  const share = new LoopShare();
  let turns = 0;
  setImmediate(() => (turns += 1));
  await share.take();
  await share.take();
  expect(turns).toBe(0);
});
