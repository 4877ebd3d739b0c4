import { expect, it } from 'vitest';
import { commandWords, commitBeginning, wholeNumberIn } from './option-values.ts';

it('parses a command as a list of words with any content', () => {
  expect(commandWords('["sh", "-c", "echo $HOME; exit 1", ""]')).toEqual(['sh', '-c', 'echo $HOME; exit 1', '']);
});

it.each(['uname -m', '', '[]', '[""]', '["a", 1]', '{"a": 1}', '"a"', 'null'])('rejects %s as a command', (text) => {
  expect(() => commandWords(text)).toThrow(/JSON list of words/);
});

it('keeps a number within its bounds', () => {
  const read = wholeNumberIn(4, 8);
  expect([read('4'), read('8')]).toEqual([4, 8]);
  for (const text of ['3', '9', '4.5', '', ' ', 'four', '0x5a', '1e9']) expect(() => read(text)).toThrow(/from 4 to 8/);
});

it('accepts a full or abbreviated commit', () => {
  expect(commitBeginning('ABCDEF0')).toBe('abcdef0');
  expect(commitBeginning('a'.repeat(40))).toBe('a'.repeat(40));
  for (const text of ['abcdef', 'main', '', 'a'.repeat(41)]) expect(() => commitBeginning(text)).toThrow(/7 to 40/);
});
