import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { type Gate, openGate } from '../helpers/e2e-gate.ts';
import { type Service, startService } from '../helpers/e2e-service.ts';
import { openBrowser, openWindow, type Window } from '../helpers/pages-browser.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';

describe('the pages of two replicas on PostgreSQL, in two browsers', () => {
  let bed: E2eBed;
  let postgres: PostgresServer;
  let gate: Gate;
  /** Never released. */
  let closed: Gate;
  let browser: Browser;
  let services: [Service, Service];
  let windows: [Window, Window];
  let repository: { readonly url: string };
  const recipe = JSON.stringify({ version: 1, name: 'model', images: { app: { dockerfile: { path: 'Dockerfile' } } } });

  function serve(replica: 'one' | 'two', listen?: string): Promise<Service> {
    const env = { TWINHULL_STATE_DIR: join(bed.folder, replica), TWINHULL_REPOSITORY: repository.url };
    return startService(bed, env, listen);
  }

  async function signIn(service: Service): Promise<Window> {
    const window = await openWindow(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
    await window.page.goto(service.url);
    await window.page.getByLabel('API token').fill(service.token);
    await window.page.getByRole('button', { name: 'Sign in' }).click();
    await window.page.getByRole('heading', { name: 'No builds yet' }).waitFor();
    return window;
  }

  beforeAll(async () => {
    postgres = await startPostgres();
    bed = await E2eBed.open({
      DATABASE_URL: await postgres.createDatabase(),
      TWINHULL_LEASE_SECONDS: '1',
      TWINHULL_INTERVAL_SECONDS: '0.2',
    });
    [gate, closed] = await Promise.all([openGate(bed), openGate(bed)]);
    const made = await bed.repository({ Dockerfile: gate.dockerfile('first') });
    repository = made.repository;
    await made.repository.commit({ Dockerfile: closed.dockerfile('second') }, { branch: 'second' });
    services = [await serve('one'), await serve('two')];
    browser = await openBrowser();
    windows = [await signIn(services[0]), await signIn(services[1])];
  });

  afterAll(async () => {
    await browser.close();
    await Promise.all([gate.close(), closed.close()]);
    await bed.dispose();
    await postgres.dispose();
  });

  const state = (page: Page, name: string) => page.locator('h1 .state', { hasText: name }).waitFor();

  async function bothHalves(page: Page): Promise<void> {
    for (const lane of ['arm64', 'amd64']) {
      await page.locator(`[data-lane=${lane}] .kind-build`).waitFor();
      await page.locator(`[data-platform=${lane}] .line`, { hasText: 'wget' }).first().waitFor();
    }
  }

  async function start(page: Page, service: Service, branch: string): Promise<void> {
    await page.goto(`${service.url}/new`);
    await page.getByLabel('Branch, tag or commit').fill(branch);
    await page.getByLabel('Recipe', { exact: true }).selectOption('own');
    await page.getByLabel('Recipe as JSON').fill(recipe);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Start the build' }).click();
    await page.waitForURL(/\/builds\/[0-9a-z]{12}/);
  }

  it('show one build alike, live, and catch up when a replica was away', async () => {
    const [{ page: here }, { page: there }] = windows;
    await start(here, services[0], 'main');
    await bothHalves(here);
    // The other browser finds the build in its own replica's list, which is live.
    await there.locator('.build-link').first().click();
    await bothHalves(there);
    expect(new URL(there.url()).pathname).toBe(new URL(here.url()).pathname);

    await services[0].stop();
    await here.getByText('The service does not answer').waitFor();
    gate.letGo();
    await state(there, 'published');
    services[0] = await serve('one', new URL(services[0].url).host);
    await here.getByText('The service does not answer').waitFor({ state: 'detached' });
    await state(here, 'published');
    const seen = await Promise.all(
      [here, there].map(async (page) => {
        await page.locator('code.pull').first().waitFor();
        const lines = page.locator('[data-platform=arm64] .count');
        return { pull: await page.locator('code.pull').allInnerTexts(), lines: await lines.innerText() };
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
  });

  it('cancel in one browser what the other started', async () => {
    const [{ page: here }, { page: there }] = windows;
    await start(here, services[0], 'second');
    await there.goto(`${services[1].url}${new URL(here.url()).pathname}`);
    await there.getByRole('button', { name: 'Cancel build' }).click();
    await there.getByRole('dialog').getByRole('button', { name: 'Cancel build' }).click();
    for (const page of [there, here]) await expect(state(page, 'cancelled')).resolves.toBeUndefined();
  });
});
