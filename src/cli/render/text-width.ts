import stringWidth from 'string-width';

const printableAscii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The columns that `text` takes in a terminal, without its escape sequences. */
export function textWidth(text: string): number {
  return printableAscii.test(text) ? text.length : stringWidth(text);
}

/** `text` without colours, cut to `columns`, with `…` (or `~`) at the cut. */
export function truncate(text: string, columns: number, ellipsis = '…'): string {
  if (columns <= 0) return '';
  if (printableAscii.test(text)) return text.length <= columns ? text : text.slice(0, columns - 1) + ellipsis;
  let width = 0;
  let fitting = '';
  // Cut first: a visible grapheme takes at most some tens of code units, so the rest cannot matter.
  for (const { segment } of graphemes.segment(text.slice(0, columns * 32))) {
    const next = width + stringWidth(segment);
    if (next > columns) return cutToLess(fitting, columns) + ellipsis;
    width = next;
    fitting += segment;
  }
  return fitting;
}

/** The longest prefix of `text` that leaves one column free. */
function cutToLess(text: string, columns: number): string {
  const segments = [...graphemes.segment(text)].map(({ segment }) => segment);
  while (segments.length > 0 && stringWidth(segments.join('')) > columns - 1) segments.pop();
  return segments.join('');
}

/** Pads `text`, which may contain colours, with spaces to `columns`. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

/** Aligns to the right, by the columns that the text takes in a terminal. */
export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

/** Breaks at spaces so that no line is wider than `columns`, except a longer word. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
