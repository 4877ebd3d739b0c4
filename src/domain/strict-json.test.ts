import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryJson, type JsonObject, writeJson } from '../../test/helpers/arbitrary-json.ts';
import { foldKey, JsonRefused, readJson } from './strict-json.ts';

const read = (text: string, limits = {}) => readJson(Buffer.from(text), limits);

describe('readJson', () => {
  it.each([
    ['no JSON', '<html>', 'not valid JSON'],
    ['nothing', '', 'not valid JSON'],
    ['a comment', '{} // more', 'not valid JSON'],
    ['a comma at the end', '[1,]', 'not valid JSON'],
    ['a second document', '{}{}', 'not valid JSON'],
    ['a number that JSON has not', '[01]', 'not valid JSON'],
    ['a line break in a string', '["a\nb"]', 'not valid JSON'],
    ['a byte order mark', '\ufeff{}', 'byte order mark'],
    ['a key twice', '{"a":1,"b":2,"a":1}', '"a" appears twice'],
    ['a key twice, once by its escape', '{"a":1,"\\u0061":1}', '"a" appears twice'],
    ['a nested key twice', '[{"x":{"b":1,"b":2}}]', '"b" appears twice'],
    ['the prototype as a key', '[{"\\u005f_proto__":1}]', 'no key may be'],
    ['half a surrogate pair in a value', '["\\ud800"]', 'surrogate'],
    ['half a surrogate pair in a key', '{"\\udc00":1}', 'surrogate'],
    ['a number that doubles do not hold', '[9007199254740993]', 'too large'],
    ['a number without end', '[1e999]', 'too large'],
  ])('refuses %s', (_, text, why) => {
    expect(() => read(text)).toThrow(JsonRefused);
    expect(() => read(text)).toThrow(why);
  });

  it('refuses invalid UTF-8', () => {
    expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
    expect(() => readJson(Buffer.from('{"a":1}', 'utf16le'))).toThrow(JsonRefused);
  });

  it('stops at the first excess level or value', () => {
    expect(read('[[1]]', { depth: 2 })).toEqual([[1]]);
    expect(() => read('['.repeat(2_000_000))).toThrow('nested more than 64 deep');
    expect(() => read('[[[', { depth: 2 })).toThrow('nested');
    expect(read('[1,2]', { values: 3 })).toEqual([1, 2]);
    expect(() => read('[1,2', { values: 2 })).toThrow('more than 2 values');
  });

  it('quotes no value in its message', () => {
    expect(() => read('{"password":"hunter2","x":"hunter3}')).toThrow(/^(?!.*hunter)/);
  });

  it('agrees with JSON.parse on documents without duplicate keys', () => {
    fc.assert(
      fc.property(arbitraryJson, (document) => {
        const text = writeJson(document);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any document with a duplicate key at any position', () => {
    fc.assert(
      fc.property(arbitraryJson, fc.nat(), fc.boolean(), (document, choice, escaped) => {
        const objects = objectsOf(document).filter(({ pairs }) => pairs.length > 0);
        fc.pre(objects.length > 0);
        const target = objects[choice % objects.length]!;
        const [key] = target.pairs[choice % target.pairs.length]!;
        const doubled = { ...target, pairs: [...target.pairs, [key, null] as const] };
        const text = writeJson(replace(document, target, doubled), escaped);
        expect(() => read(text)).toThrow('appears twice');
      }),
    );
  });
});

describe('foldKey', () => {
  it('folds to ASCII letters exactly as simple case folding of Unicode does', () => {
    const strangers: string[] = [];
    for (let point = 0x80; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      const isLetter = /^[a-z]$/iu.test(character);
      if (/^[a-z]$/.test(foldKey(character)) !== isLetter) strangers.push(character);
    }
    expect(strangers).toEqual([]);
    expect(foldKey('\u017fi\u007ae\u212aEY')).toBe('sizekey');
  });
});

function objectsOf(document: unknown): readonly JsonObject[] {
  if (Array.isArray(document)) return document.flatMap(objectsOf);
  if (!isObject(document)) return [];
  return [document, ...document.pairs.flatMap(([, value]) => objectsOf(value))];
}

function replace(document: unknown, target: JsonObject, by: JsonObject): unknown {
  if (document === target) return by;
  if (Array.isArray(document)) return document.map((item) => replace(item, target, by));
  if (!isObject(document)) return document;
  return { pairs: document.pairs.map(([key, value]) => [key, replace(value, target, by)] as const) };
}

function isObject(document: unknown): document is JsonObject {
  return typeof document === 'object' && document !== null && 'pairs' in document;
}
