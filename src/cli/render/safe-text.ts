import { stripVTControlCharacters } from 'node:util';

/**
 * Control characters except tab and newline, and characters that have no width or change the direction of text:
 * zero-width characters, direction marks, the byte order mark, fillers, tags.
 */
const unsafe =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
const allUnsafe = new RegExp(unsafe, 'gu');

/**
 * Makes external text safe for a terminal: removes escape sequences and other control characters, which could move the
 * cursor, change the title, or hide what was printed. A carriage return becomes a newline, so that nothing is
 * overwritten. Text that is already safe costs almost nothing.
 */
export function safeText(text: string): string {
  if (!unsafe.test(text)) return text;
  return stripVTControlCharacters(text).replace(/\r+/g, newlineFor).replace(allUnsafe, '');
}

/** One newline for each carriage return in a run; none before a newline. */
function newlineFor(returns: string, at: number, text: string): string {
  return text[at + returns.length] === '\n' ? '' : '\n'.repeat(returns.length);
}

/** The same for text that must stay on one line. */
export function safeLine(text: string): string {
  return safeText(text)
    .replace(/\s+/g, (blanks) => (blanks.includes('\n') ? ' ' : blanks.replaceAll('\t', '  ')))
    .trim();
}
