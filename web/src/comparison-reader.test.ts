import { beforeEach, expect, it, vi } from 'vitest';

let build: { state: string; jobs: { attempts: unknown[] }[] };
let asked: string[] = [];
vi.mock('./session.ts', () => ({
  request: (path: string) => {
    asked.push(path);
    return Promise.resolve(path.endsWith('/comparison') ? { number: asked.length } : build);
  },
}));
const { ComparisonReader } = await import('./comparison-reader.ts');

beforeEach(() => {
  asked = [];
  build = { state: 'building', jobs: [{ attempts: [1] }, { attempts: [1] }] };
});

const comparisons = () => asked.filter((path) => path === '/v1/builds/b1/comparison').length;

it('reads the comparison of a running build each time, of an ended one once until a retry', async () => {
  const reader = new ComparisonReader('b1');
  await reader.read();
  await reader.read();
  expect(comparisons()).toBe(2);
  build = { ...build, state: 'failed' };
  const last = await reader.read();
  expect(await reader.read()).toBe(last);
  expect(comparisons()).toBe(3);
  build = { ...build, jobs: [{ attempts: [1] }, { attempts: [1, 2] }] };
  expect(await reader.read()).not.toBe(last);
  expect(comparisons()).toBe(4);
});

it('has one read at a time', async () => {
  const reader = new ComparisonReader('b1');
  await Promise.all([reader.read(), reader.read()]);
  expect(comparisons()).toBe(1);
});
