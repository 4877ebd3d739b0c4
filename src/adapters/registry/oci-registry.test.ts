import { describe, expect, it } from 'vitest';
import { nextPage, parseTagPage } from './oci-registry.ts';

describe('nextPage', () => {
  it.each([
    ['</v2/a/b/tags/list?last=v1&n=2>; rel="next"', 'tags/list?n=9&last=v1'],
    ['</v2/a/b/tags/list?n=2&last=a%26b>; rel=next', 'tags/list?n=9&last=a%26b'],
    ['<https://other.example/v2/x/tags/list?last=Zm9v%3D%3D>;rel="next"', 'tags/list?n=9&last=Zm9v%3D%3D'],
    ['</v2/a/b/tags/list?last=v1>; rel="prev"', undefined],
    ['</v2/a/b/tags/list>; rel="next"', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('parses %s', (link, path) => {
    expect(nextPage(link, 9)).toBe(path);
  });
});

describe('parseTagPage', () => {
  const parse = (text: string) => parseTagPage(Buffer.from(text), 'host/app');

  it('returns tags, or an empty list for null', () => {
    expect(parse('{"name":"app","tags":["v1","latest"]}')).toEqual(['v1', 'latest']);
    expect(parse('{"name":"app","tags":null}')).toEqual([]);
  });

  it('leaves out invalid tags', () => {
    expect(parse('{"tags":["v1","../x",""]}')).toEqual(['v1']);
  });

  it.each(['', '[]', '{"tags":"v1"}', '<html>'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow('not a list of tags');
  });
});
