import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { printedText } from '../../src/domain/printed-text.ts';
import { readPageFiles } from '../../src/server/pages/page-files.ts';
import { apiBed } from '../helpers/api-bed.ts';
import { type HostileTexts, hostileTexts, storeHostileBuild } from '../helpers/hostile-builds.ts';
import { openBrowser, openWindow, wide } from '../helpers/pages-browser.ts';

/** Made by `npm run build`. */
const built = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** Reorders or hides text, or controls a terminal: none of it may be on a page as it is. */
const hidden = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

const longLine: HostileTexts = {
  ...{ subject: 'A long line', author: 'Ada', branch: 'main', submittedBy: 'ci' },
  ...{ message: 'it failed', reason: 'it waited', note: 'a note' },
  lines: ['z'.repeat(1_000_000), 'error: the end'],
};

it('shows hostile texts of builds as text, in the list, the card, the attempts, the events and the log', async () => {
  const bed = await apiBed({ options: { pages: await readPageFiles(built) } });
  const address = await bed.app.listen({ host: '127.0.0.1', port: 0 });
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  const { page } = await openWindow(await browser.newContext({ viewport: wide }));
  await page.goto(address);
  const { authorization } = await bed.token('build');
  await page.getByLabel('API token').fill(authorization.replace('Bearer ', ''));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'No builds yet' }).waitFor();
  let at = Date.now() - 3_600_000;
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (texts) => {
      const { id } = await storeHostileBuild(bed.stores.builds, texts, (at += 60_000));
      await page.goto(address);
      const link = page.locator(`.build-link[href="/builds/${id}"]`);
      await link.waitFor();
      expect(bare(await link.innerText())).toBe(bare(printedText(texts.subject)));
      await expectPlain(page);
      await link.click();
      await page.locator('h1 .state.failed').waitFor();
      expect(bare(await page.locator('h1').innerText())).toBe(bare(`failed ${printedText(texts.subject)}`));
      for (const summary of await page.locator('main > details > summary').all()) await summary.click();
      await page.locator('.events li').nth(7).waitFor();
      await page.locator('.log .line').first().waitFor();
      await expectPlain(page);
    }),
    { numRuns: 12, endOnFailure: true, examples: [[longLine]] },
  );
});

async function expectPlain(page: Page): Promise<void> {
  const foreign =
    '#app :is(img, script, style, iframe, b, link, object), #app [onerror], #app [onload], a[href^="javascript"]';
  expect(await page.locator(foreign).count()).toBe(0);
  expect(await page.title()).toMatch(/ · Twinhull$/);
  const text = await page.locator('body').innerText();
  expect(hidden.exec(text.replaceAll(/[\n\t]/g, ''))?.[0]).toBeUndefined();
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow, 'the page scrolls sideways').toBeLessThanOrEqual(0);
}

/** Without white space, which browsers collapse, and without what is hidden or shown as its code in its place. */
function bare(text: string): string {
  return text.replaceAll(/\s|\u2039U\+[0-9A-F]{4,5}\u203a/gu, '').replaceAll(new RegExp(hidden, 'gu'), '');
}
