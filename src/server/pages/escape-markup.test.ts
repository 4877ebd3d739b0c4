import { expect, it } from 'vitest';
import { escapeMarkup } from './escape-markup.ts';

it('leaves no character that ends a text or an attribute', () => {
  expect(escapeMarkup(`<a href='x' title="y">&amp;é`)).toBe('&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;é');
});
