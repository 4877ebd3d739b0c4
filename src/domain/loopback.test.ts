import { expect, it } from 'vitest';
import { isLoopback } from './loopback.ts';

it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('recognizes %s as this machine', (host) =>
  expect(isLoopback(host)).toBe(true),
);

it.each([
  '',
  'localhost.example',
  'notlocalhost',
  '127.0.0.1.example',
  '127.0.0',
  '10.0.0.1',
  '[::2]',
  'registry.localhost',
  'a@b.localhost',
])('does not recognize "%s" as this machine', (host) => expect(isLoopback(host)).toBe(false));
