import { createRequire } from 'node:module';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';

export { openBrowser } from './chromium.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Of all windows of a test file: what pages did against their own policy, and errors that they threw. */
const faults: string[] = [];

afterAll(() => {
  expect(faults, 'breaches of the policy, and errors, in the browser').toEqual([]);
});

export interface Window {
  readonly page: Page;
}

/** A page that collects what must not happen. A file that imports this fails when there was any of it, in any window. */
export async function openWindow(context: BrowserContext): Promise<Window> {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/content security policy|trusted ?type|refused to/i.test(message.text())) faults.push(message.text());
  });
  return { page };
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

const themes = ['light', 'dark'] as const;
const narrow = { width: 390, height: 844 };

/** The size of windows, unless a test needs another. */
export const wide = { width: 1280, height: 900 };

/** In both themes, wide and narrow: no violation of axe-core's rules, nothing to scroll sideways. Keeps the pictures. */
export async function expectWellShown(page: Page, what: string): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of [wide, narrow]) {
      await page.setViewportSize(size);
      await expectAccessible(page, `${what}, ${colorScheme}, ${String(size.width)} pixels wide`);
      await picture(page, `${what}-${colorScheme}-${String(size.width)}`);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `${what} scrolls sideways at ${String(size.width)} pixels`).toBeLessThanOrEqual(0);
    }
  }
  await page.setViewportSize(wide);
}
