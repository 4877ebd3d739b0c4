import type { Problem } from '../errors/problem.ts';
import { escapeMarkup } from './escape-markup.ts';
import type { PageFiles } from './page-files.ts';
import { securityHeaders } from './security-headers.ts';

/** What the page is sent with. A browser shows it as an address of its own, so it must not be kept. */
export const problemPageHeaders = {
  ...securityHeaders,
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
} as const;

/** A page for a person whose browser was sent here and not by our script: what failed, and what to do. */
export function problemPage({ title, detail, hint, code }: Problem, files: PageFiles | undefined): string {
  const style = [...(files?.keys() ?? [])].find((name) => name.endsWith('.css'));
  const text = detail === title ? sentence(title) : `${sentence(title)} ${sentence(detail)}`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign-in failed · Twinhull</title>' +
    (style === undefined ? '' : `<link rel="stylesheet" href="${style}">`) +
    '</head><body><main class="sign-in" id="main"><div class="card"><h1>Sign-in failed</h1>' +
    `<p role="alert">${escapeMarkup(text)}</p><p><strong>What to do:</strong> ${escapeMarkup(sentence(hint))}</p>` +
    `<p class="quiet"><code>${code}</code></p><p><a href="/sign-in">Back to sign-in</a></p></div></main></body></html>\n`
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
