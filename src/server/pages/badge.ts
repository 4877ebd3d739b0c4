import { escapeMarkup } from './escape-markup.ts';

/** One half of a badge. */
export interface BadgePart {
  readonly text: string;
  /** A colour on which white text is readable: `#116b36`. */
  readonly background: string;
}

/** The longest text of a part, in characters: a branch may have a thousand. */
const longest = 60;

/** Of the text, in pixels: an average, which `textLength` makes exact in every font. */
const characterWidth = 6.6;
const padding = 6;
const height = 20;

/** A picture of two texts side by side, an SVG document that refers to nothing else. */
export function badge(label: BadgePart, message: BadgePart): string {
  const parts = [label, message].map(({ text, background }) => {
    const shown = shownText(text);
    const length = Math.ceil(Array.from(shown).length * characterWidth);
    return { shown, background, length, width: length + 2 * padding };
  });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const title = escapeMarkup(parts.map(({ shown }) => shown).join(': '));
  const drawn = parts.map(({ shown, background, length, width: own }, index) => {
    const x = index === 0 ? 0 : (parts[0]?.width ?? 0);
    return (
      `<rect x="${String(x)}" width="${String(own)}" height="${String(height)}" fill="${background}"/>` +
      `<text x="${String(x + padding)}" y="14" textLength="${String(length)}">${escapeMarkup(shown)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" role="img" aria-label="${title}">` +
    `<title>${title}</title><clipPath id="r"><rect width="${String(width)}" height="${String(height)}" rx="3"/></clipPath>` +
    `<g clip-path="url(#r)" fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${drawn.join('')}</g></svg>\n`
  );
}

/** Shortened, and with what reorders text or is no character of XML made visible. */
function shownText(text: string): string {
  const characters = Array.from(text.replace(/[\p{Cc}\p{Cf}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD'));
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('');
}
