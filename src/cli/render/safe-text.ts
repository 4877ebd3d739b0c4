import { stripVTControlCharacters } from 'node:util';

/** Control characters but tab and newline, and the marks that turn the direction of text around. */
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const allUnsafe = new RegExp(unsafe, 'g');

/**
 * Text from outside as it may go to a terminal: without escape sequences and other control characters, which could
 * move the cursor, change the title, or hide what was printed. A carriage return becomes a newline, so that nothing
 * is overwritten. Costs next to nothing where there is nothing to mend.
 */
export function safeText(text: string): string {
  if (!unsafe.test(text)) return text;
  return stripVTControlCharacters(text).replace(/\r+/g, newlineFor).replace(allUnsafe, '');
}

/** Of a run of carriage returns as many newlines as there are; none before a newline. */
function newlineFor(returns: string, at: number, text: string): string {
  return text[at + returns.length] === '\n' ? '' : '\n'.repeat(returns.length);
}

/** The same for what must stay on one line. */
export function safeLine(text: string): string {
  return safeText(text)
    .replace(/\s+/g, (blanks) => (blanks.includes('\n') ? ' ' : blanks.replaceAll('\t', '  ')))
    .trim();
}
