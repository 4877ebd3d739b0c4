import { expect, it } from 'vitest';
import { jsonText } from './terminal.ts';

it('writes JSON without control characters that parses to the same value', () => {
  const value = { line: 'a\u001b[2J\u009b31m\u007f\u202etxt.exe é 模', number: 1 };
  expect(jsonText(value)).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u202e]*$/);
  expect(JSON.parse(jsonText(value))).toEqual(value);
  expect(jsonText({ a: 'é' }, 2)).toBe('{\n  "a": "é"\n}');
});
