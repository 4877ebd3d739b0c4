import { expect, it } from 'vitest';
import { systemCodeOf } from './system-code.ts';

const coded = (code: unknown): Error => Object.assign(new Error('it failed'), { code });

it.each([
  ['its own', coded('ENOENT'), 'ENOENT'],
  ['that of its cause', new Error('fetch failed', { cause: coded('ECONNREFUSED') }), 'ECONNREFUSED'],
  ['the outer of two', Object.assign(coded('UND_ERR'), { cause: coded('EPIPE') }), 'UND_ERR'],
  ['that of the first address', new AggregateError([coded('EHOSTUNREACH'), coded('ETIMEDOUT')]), 'EHOSTUNREACH'],
  ['that of an address, in a cause', new Error('x', { cause: new AggregateError([coded('EPERM')]) }), 'EPERM'],
  ['none, if it is a number', coded(7), ''],
  ['none', new Error('no code'), ''],
  ['none of no addresses', new AggregateError([]), ''],
  ['none of what is no error', 'ENOENT', ''],
])('an error has %s', (_what, error, code) => {
  expect(systemCodeOf(error)).toBe(code);
});
