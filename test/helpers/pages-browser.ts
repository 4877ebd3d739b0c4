import { createRequire } from 'node:module';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

export { openBrowser } from './chromium.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export interface Window {
  readonly page: Page;
  /** What the page did against its own policy, and errors that it threw. */
  readonly faults: readonly string[];
}

/** A page that collects what must not happen. */
export async function openWindow(context: BrowserContext): Promise<Window> {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/content security policy|trusted ?type|refused to/i.test(message.text())) faults.push(message.text());
  });
  return { page, faults };
}

/** axe-core comes in through the debugger, because the policy of the pages lets no script in. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  await page.evaluate(await readFile(axe, 'utf8'));
  const found = await page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    };
    const { violations } = await engine.run();
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`,
    );
  });
  expect(found, what).toEqual([]);
}

/** With TWINHULL_SCREENSHOTS, a folder: keeps a picture of what is checked there (`npm run screenshots`). */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['TWINHULL_SCREENSHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(' ', '-')}.png` });
}
