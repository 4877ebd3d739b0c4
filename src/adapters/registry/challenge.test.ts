import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

function read(header: string): readonly (readonly [string, Record<string, string>])[] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)] as const);
}

describe('parseChallenges', () => {
  it.each([
    ['', []],
    [', ,', []],
    ['Basic', [['basic', {}]]],
    ['Basic realm="a, \\"b\\""', [['basic', { realm: 'a, "b"' }]]],
    ['BASIC Realm = plain , charset="UTF-8"', [['basic', { realm: 'plain', charset: 'UTF-8' }]]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push",error="invalid_token"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
            error: 'invalid_token',
          },
        ],
      ],
    ],
    [
      'Negotiate abc==, Basic realm="x", Bearer realm="y",service=z',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y', service: 'z' }],
      ],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['Basic realm="one", realm="two"', [['basic', { realm: 'one' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
    ['realm="no scheme"', []],
    ['Basic realm="unclosed', [['basic', {}]]],
  ])('parses %s', (header, challenges) => {
    expect(read(header)).toEqual(challenges);
  });

  it('parses any challenges that are formatted', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,9}$/);
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
    const challenge = fc.tuple(
      token,
      fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name.toLowerCase() }),
    );
    const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(challenge), (challenges) => {
        const header = challenges
          .map(([scheme, parameters]) =>
            [scheme, parameters.map(([name, text]) => `${name}=${quote(text)}`).join(', ')].join(' ').trim(),
          )
          .join(', ');
        const expected = challenges.map(([scheme, parameters]) => ({
          scheme: scheme.toLowerCase(),
          parameters: new Map(parameters.map(([name, text]) => [name.toLowerCase(), text])),
        }));
        expect(parseChallenges(header)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('terminates quickly for any text', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...'ab=", \\\t'), maxLength: 2000 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), nasty), (header) => Array.isArray(parseChallenges(header))),
      { numRuns: 500 },
    );
    for (const header of ['a="'.repeat(5_000), '\\"'.repeat(5_000), 'a '.repeat(5_000), `a ${'='.repeat(10_000)}`])
      parseChallenges(header);
  });
});
