import { expect, it } from 'vitest';
import { registryOfImage } from './builder-image.ts';

it.each([
  ['docker:cli', 'docker.io'],
  ['library/docker:cli', 'docker.io'],
  ['localhost/builder', 'localhost'],
  ['registry.example/builder:1', 'registry.example'],
  ['127.0.0.1:5000/a/b@sha256:00', '127.0.0.1:5000'],
])('finds the registry of %s', (image, registry) => {
  expect(registryOfImage(image)).toBe(registry);
});
