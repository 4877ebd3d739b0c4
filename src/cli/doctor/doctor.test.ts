import { expect, it } from 'vitest';
import { parseEngineEndpoint } from '../../adapters/docker/engine-endpoint.ts';
import { enginesOf } from './doctor.ts';

const [one, other] = [parseEngineEndpoint('unix:///run/one.sock'), parseEngineEndpoint('ssh://graviton')];

it('checks an engine once, however many platforms it builds', () => {
  expect(enginesOf({ default: one })).toEqual([{ endpoint: one, platforms: ['linux/arm64', 'linux/amd64'] }]);
  expect(enginesOf({ default: one, platforms: { 'linux/arm64': other } })).toEqual([
    { endpoint: other, platforms: ['linux/arm64'] },
    { endpoint: one, platforms: ['linux/amd64'] },
  ]);
});
