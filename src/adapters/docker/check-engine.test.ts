import { expect, it } from 'vitest';
import { platformProblem } from './check-engine.ts';

const facts = { os: 'linux', architecture: 'amd64' };

it('accepts its own platform, and others if emulation is allowed', () => {
  expect(platformProblem(facts, 'linux/amd64', false)).toBeUndefined();
  expect(platformProblem(facts, 'linux/arm64', true)).toBeUndefined();
});

it('suggests a fix if emulation is refused', () => {
  expect(platformProblem(facts, 'linux/arm64', false)).toMatchObject({
    why: 'it is linux/amd64, and emulation is refused',
    hint: expect.stringContaining('TWINHULL_DOCKER_HOST_ARM64'),
  });
});

it('refuses an engine with Windows containers', () => {
  expect(platformProblem({ ...facts, os: 'windows' }, 'linux/amd64', true)?.why).toMatch(/windows/);
});
