import { expect, it } from 'vitest';
import { Redaction } from './redaction.ts';

it('covers a secret in the forms that servers repeat', () => {
  const redaction = new Redaction();
  redaction.add('p"ss/w%rd');
  redaction.add('me:p"ss/w%rd');
  const forms = [
    'p"ss/w%rd',
    Buffer.from('me:p"ss/w%rd').toString('base64'),
    encodeURIComponent('p"ss/w%rd'),
    'p\\"ss/w%rd',
  ];
  expect(redaction.apply(forms.join(' '))).toBe('*** *** *** ***');
});

it('ignores an empty secret', () => {
  const redaction = new Redaction();
  redaction.add('');
  expect(redaction.apply('text')).toBe('text');
});
