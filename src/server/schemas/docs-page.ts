import { escapeMarkup } from '../pages/escape-markup.ts';
import type { OpenApiDocument, OpenApiOperation } from './openapi.ts';

/** The API on one page that needs neither scripts nor network access. */
export function docsPage({ info, paths }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation)),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeMarkup(info.title)} API</title>
<style>${style}</style>
<h1>${escapeMarkup(info.title)} API ${escapeMarkup(info.version)}</h1>
<p>${escapeMarkup(info.description ?? '')}</p>
<p>Machine-readable: <a href="openapi.json">openapi.json</a>.</p>
${operations.join('\n')}
</html>
`;
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;padding:1rem;background:#8881}
table{border-collapse:collapse}td{padding:.2rem 1rem .2rem 0;vertical-align:top}:root{color-scheme:light dark}`;

function section(method: string, path: string, operation: OpenApiOperation): string {
  const { summary = '', parameters = [], requestBody, responses = {}, security } = operation;
  const rows = parameters.map(
    ({ name, in: place, description = '', required = false }) =>
      `<tr><td><code>${escapeMarkup(name)}</code><td>${escapeMarkup(place)}${required ? ', required' : ''}<td>${escapeMarkup(description)}`,
  );
  return `<section>
<h2><code>${escapeMarkup(method.toUpperCase())} ${escapeMarkup(path)}</code></h2>
<p>${escapeMarkup(summary)}${security === undefined ? '' : `. Needs a token of scope ${escapeMarkup(scopeOf(security))}.`}</p>
${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}
${requestBody === undefined ? '' : details('Request', requestBody)}
${details('Answers', responses)}
</section>`;
}

function details(title: string, value: unknown): string {
  return `<details><summary>${title}</summary><pre>${escapeMarkup(JSON.stringify(value, null, 2))}</pre></details>`;
}

function scopeOf(security: readonly unknown[]): string {
  return security.flatMap((each) => Object.values(each as Record<string, unknown>).flat()).join(', ');
}
