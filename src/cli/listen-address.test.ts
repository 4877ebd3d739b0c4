import { expect, it } from 'vitest';
import { parseListenAddress } from './listen-address.ts';

it.each([
  ['127.0.0.1:8080', '127.0.0.1', 8080, true],
  ['localhost:0', 'localhost', 0, true],
  ['[::1]:80', '::1', 80, true],
  ['0.0.0.0:80', '0.0.0.0', 80, false],
  [':80', '0.0.0.0', 80, false],
  ['[::]:80', '::', 80, false],
  ['127.0.0.1.example.com:80', '127.0.0.1.example.com', 80, false],
])('parses %s', (text, host, port, loopback) => {
  expect(parseListenAddress(text)).toEqual({ host, port, loopback });
});

it.each(['', '8080', 'host', 'host:', 'host:99999', 'http://host:80', '::1:80'])('refuses "%s"', (text) => {
  expect(() => parseListenAddress(text)).toThrow(/the address to listen on is/);
});
