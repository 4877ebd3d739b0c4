import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { readPageFiles } from '../../src/server/pages/page-files.ts';
import { freePort } from '../helpers/free-port.ts';
import { expectWellShown, openBrowser, openWindow } from '../helpers/pages-browser.ts';
import { callback, sharedProvider, signInBed } from '../helpers/sign-in-bed.ts';

/** Made by `npm run build`. */
const built = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const port = await freePort();
const service = `http://localhost:${String(port)}`;
/** At 127.0.0.1, which is another site than localhost to a browser. */
const provider = sharedProvider({ redirectUrls: [`${service}${callback}`] });

it('signs a browser in at a provider of another site, back to the page, and out at both', async () => {
  const pages = await readPageFiles(built);
  const bed = await signInBed(provider(), { port, options: { pages } });
  await bed.app.listen({ host: '127.0.0.1', port });
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  const { page } = await openWindow(await browser.newContext());
  const button = page.getByRole('link', { name: `Sign in with ${new URL(bed.provider.issuer).host}` });

  bed.provider.account = 'bob';
  await page.goto(`${service}/trends?stage=build#x`);
  await button.waitFor();
  await expectWellShown(page, 'sign-in with a provider');
  await button.click();
  await page.waitForURL(`${service}/trends?stage=build#x`);
  await page.locator('.who', { hasText: 'bob@example.org' }).waitFor();
  expect(await page.getByRole('link', { name: 'New' }).count(), 'a reader is offered a new build').toBe(0);
  const cookies = await page.context().cookies(service);
  expect(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([
    [`twinhull-session-${String(port)}`, true, 'Strict'],
  ]);

  // This provider always asks; it receives the ID token of the session that ends.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${bed.provider.issuer}/session/end?**id_token_hint=*`);
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.waitForURL(`${service}/sign-in`);
  await button.waitFor();

  bed.provider.refuse = 'access_denied';
  await button.click();
  await page.getByRole('alert').getByText('access_denied').waitFor();
  await expectWellShown(page, 'a failed sign-in');
  await page.getByRole('link', { name: 'Back to sign-in' }).click();
  await button.waitFor();
});
