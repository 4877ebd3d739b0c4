import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { type Gate, openGate } from '../helpers/e2e-gate.ts';
import { newToken, type Service, startService } from '../helpers/e2e-service.ts';
import { expectWellShown, openBrowser, openWindow, wide } from '../helpers/pages-browser.ts';
import { pollUntil } from '../helpers/poll-until.ts';

describe('the pages, in a browser', () => {
  let bed: E2eBed;
  let gate: Gate;
  let service: Service;
  let browser: Browser;
  let page: Page;
  let repository: Awaited<ReturnType<E2eBed['repository']>>['repository'];
  const recipe = JSON.stringify({ version: 1, name: 'model', images: { app: { dockerfile: { path: 'Dockerfile' } } } });
  const env = () => ({
    TWINHULL_REPOSITORY: repository.url,
    TWINHULL_LEASE_SECONDS: '1',
    TWINHULL_INTERVAL_SECONDS: '0.2',
  });

  beforeAll(async () => {
    bed = await E2eBed.open();
    gate = await openGate(bed);
    const made = await bed.repository({ Dockerfile: gate.dockerfile('first') });
    repository = made.repository;
    await made.repository.commit(
      { Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo '<b>\u001b[31mno such wheel</b>' && exit 3\n` },
      { branch: 'broken' },
    );
    await made.repository.commit({ Dockerfile: gate.dockerfile('second') }, { branch: 'second' });
    service = await startService(bed, env());
    browser = await openBrowser();
    page = (await openWindow(await browser.newContext({ viewport: wide }))).page;
  });

  afterAll(async () => {
    await browser.close();
    await gate.close();
    await bed.dispose();
  });

  const state = (name: string) => page.locator('h1 .state', { hasText: name }).waitFor();

  async function start(branch: string, atPlan = async (): Promise<void> => undefined): Promise<void> {
    await page.goto(`${service.url}/new`);
    await page.getByLabel('Branch, tag or commit').fill(branch);
    await page.getByLabel('Recipe', { exact: true }).selectOption('own');
    await page.getByLabel('Recipe as JSON').fill(recipe);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('heading', { name: 'Plan' }).waitFor();
    await atPlan();
    await page.getByRole('button', { name: 'Start the build' }).click();
    await page.waitForURL(/\/builds\/[0-9a-z]{12}/);
  }

  const accessible = (what: string): Promise<void> => expectWellShown(page, what);

  it('asks to sign in, refuses a wrong token, and accepts a link once', async () => {
    await page.goto(service.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await accessible('sign-in');
    await page.getByLabel('API token').fill('th_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    const { stdout } = await bed.run(['open']);
    await page.goto(stdout.trim());
    await page.getByRole('heading', { name: 'No builds yet' }).waitFor();
    expect(page.url()).toBe(`${service.url}/`);
    await accessible('an empty list');

    const other = await openWindow(await browser.newContext());
    await other.page.goto(stdout.trim());
    await other.page.getByRole('alert').waitFor();
    await other.page.context().close();
  });

  it('starts a build, and shows both halves until it is published: through a reload and a restart', async () => {
    await start('main', () => accessible('a plan'));
    await state('building');
    const address = page.url();
    for (const lane of ['arm64', 'amd64']) {
      await page.locator(`[data-lane=${lane}] .kind-build`).waitFor();
      await page.locator(`[data-platform=${lane}] .line`, { hasText: 'wget' }).first().waitFor();
    }
    expect(await page.title()).toMatch(/^building · model /);
    await accessible('a build under way');
    await page.reload();
    await page.locator('[data-platform=arm64] .line', { hasText: 'wget' }).first().waitFor();

    await service.stop();
    await page.getByText('The service does not answer').waitFor();
    service = await startService(bed, env(), new URL(service.url).host);
    await page.getByText('The service does not answer').waitFor({ state: 'detached' });
    gate.letGo();
    await state('published');
    expect(page.url()).toBe(address);
    await page.locator('[data-lane=publish] .kind-publish').waitFor();
    await page.locator('code.pull').first().waitFor();
    await accessible('a published build');
    await page.getByText('Run it: documents').click();
    await page.getByRole('region', { name: 'AWS Batch: job definition' }).getByText('"jobDefinitionName"').waitFor();
    await page
      .getByRole('region', { name: /^Kubernetes/ })
      .getByText('kind: Job')
      .waitFor();
    await accessible('documents of a published build');
    await start('main');
    await page.getByText('Already published').waitFor();
    expect(page.url()).toBe(`${address}?outcome=exists`);
    await page.goto(address);
    await page.locator('code.pull').first().waitFor();
    const lines = await page.locator('[data-platform=arm64] .count').innerText();
    await page.reload();
    await page.locator('[data-platform=arm64] .count', { hasText: lines }).waitFor();
  });

  it('searches a whole log in the service, and shows when its lines were printed', async () => {
    const log = page.locator('[data-platform=arm64]');
    await log.locator('.line', { hasText: 'wget' }).first().waitFor();
    await log.getByRole('searchbox').fill('WGET');
    await log.locator('.found', { hasText: /^[1-9]\d* found$/ }).waitFor();
    await log.locator('.line.current', { hasText: 'wget' }).waitFor();
    await log.getByRole('button', { name: 'Regular expression' }).click();
    await log.getByRole('searchbox').fill('^nothing.*like (that|this)$');
    await log.locator('.found', { hasText: /^0 found$/ }).waitFor();
    await log.getByRole('searchbox').fill('(');
    await log.getByText('the search is not a regular expression').waitFor();
    await accessible('a wrong search');
    await log.getByRole('searchbox').fill('.');
    await log.locator('.line.current', { hasText: /^1/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('m');
    await log.locator('.line.current', { hasText: /^2/ }).waitFor();
    await page.keyboard.press('Shift+M');
    await log.locator('.line.current', { hasText: /^1/ }).waitFor();
    await page.getByLabel('Times').selectOption('elapsed');
    await log.locator('time', { hasText: '+00:00.000' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByLabel('Times').selectOption('UTC');
    const [first] = await log.locator('time').all();
    const exact = (await first?.getAttribute('datetime')) ?? '';
    expect(exact).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    expect(await first?.innerText()).toBe(exact.slice(11, -1));
    expect(await first?.getAttribute('title')).toContain(exact);
    await accessible('times of a log');
  });

  it('explains a failure within one screen, with hostile log lines as text, and retries', async () => {
    await start('broken');
    await state('failed');
    await page.getByRole('link', { name: 'compare with the last success' }).click();
    await page.getByText('No earlier build of this recipe, repository and branch').waitFor();
    await page.goBack();
    const card = page.locator('.failure');
    await card.getByText('What to do:').waitFor();
    for (const text of ['linux/', 'build', 'Exit code\n3', 'step-failed', '<b>no such wheel</b>'])
      expect(await card.innerText()).toContain(text);
    const box = await card.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? Infinity)).toBeLessThan(wide.height);
    await accessible('a failed build');
    await page.getByRole('button', { name: /^Retry/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    await page.locator('details', { hasText: 'Attempts' }).locator('summary').click();
    await page.getByText('attempt 2').first().waitFor();
    await state('failed');
  });

  it('compares a failed build with the last success of its branch', async () => {
    await repository.commit(
      { Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo '<i>gone</i>' && exit 4\n` },
      { branch: 'main' },
    );
    await start('main');
    await state('failed');
    await page.getByRole('link', { name: 'compare with the last success' }).click();
    // The other half may have been stopped before it came to this line.
    const half = page
      .locator('.compare')
      .filter({ has: page.locator('.differs', { hasText: 'exit 4' }) })
      .first();
    await half.waitFor();
    expect(await page.title()).toBe('Comparison · Twinhull');
    await half.getByRole('rowheader', { name: 'build app' }).waitFor();
    await accessible('a comparison');
    await half.getByRole('link', { name: /^line \d+$/ }).click();
    await page.locator('.line.chosen').waitFor();
    await page.goBack();
    await half.waitFor();
  });

  it('cancels a build, after a question', async () => {
    const quiet = await openGate(bed);
    const made = await bed.repository({ Dockerfile: quiet.dockerfile('third') });
    try {
      await page.goto(`${service.url}/new`);
      await service.stop();
      repository = made.repository;
      service = await startService(bed, env(), new URL(service.url).host);
      await start('main');
      await page.getByRole('button', { name: 'Cancel build' }).click();
      await page.getByRole('dialog').waitFor();
      await accessible('a question');
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel build' }).click();
      await expect(state('cancelled')).resolves.toBeUndefined();
    } finally {
      await quiet.close();
    }
  });

  it('lists builds, keeps filters in the address, opens lines of a log by link', async () => {
    await page.goto(service.url);
    await page.locator('.build-row').nth(2).waitFor();
    await accessible('a list');
    await page.getByLabel('State').selectOption('published');
    await page.locator('.build-row .cancelled').waitFor({ state: 'detached' });
    await page.locator('.build-row .published').waitFor();
    expect(new URL(page.url()).search).toBe('?state=published');
    await page.locator('.build-link').first().click();
    await state('published');
    await page.goBack();
    expect(await page.getByLabel('State').inputValue()).toBe('published');
    await page.locator('.build-row .published').waitFor();
    // What was typed stays there when a list arrives.
    let isTyped = false;
    await page.route(
      /\/v1\/builds\?/,
      async (route) => {
        await pollUntil('the branch to be typed', () => isTyped);
        await route.continue();
      },
      { times: 1 },
    );
    await page.goto(service.url);
    await page.getByLabel('Branch', { exact: true }).fill('broken');
    isTyped = true;
    await page.locator('.build-row').nth(2).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.build-row').nth(1).waitFor({ state: 'detached' });
    await page.locator('.build-row .failed').waitFor();
    expect(new URL(page.url()).search).toBe('?branch=broken');
    const id = (await page.locator('.build-link').getAttribute('href'))?.split('/').pop() ?? '';
    await page.getByLabel('Branch', { exact: true }).fill('main');
    await page.keyboard.press('Enter');
    await page.getByLabel('Search builds').fill(id.slice(0, 11));
    await page.getByRole('heading', { name: 'No build matches' }).waitFor();
    await accessible('a list without a match');
    await page.getByLabel('Search builds').fill('a b');
    await page.getByText('The search takes at least four letters').waitFor();
    await page.goto(`${service.url}/?q=${id.slice(0, 11).toUpperCase()}&recipe=model`);
    await page.locator(`.build-link[href="/builds/${id}"]`).waitFor();
    expect(await page.locator('.build-row').count()).toBe(1);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await accessible('the keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goto(`${service.url}/?state=published`);
    await page.locator('.build-row .published').waitFor();
    await page.keyboard.press('j');
    await page.locator('.build-link:focus').waitFor();
    await page.keyboard.press('Enter');
    await state('published');
    await page.goto(`${page.url()}#arm64-L2-L3`);
    await page.reload();
    await page.locator('[data-platform=arm64] .line.chosen').nth(1).waitFor();
  });

  it('charts trends, with a table, and keeps what is chosen in the address', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'Trends' }).click();
    await page.getByRole('heading', { name: 'Duration: running' }).waitFor();
    const rows = page.locator('table tbody tr');
    await rows.nth(1).waitFor();
    expect(await rows.allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('linux/arm64'), expect.stringContaining('linux/amd64')]),
    );
    await accessible('trends');
    await page.getByLabel('Stage').selectOption('build');
    await page.getByRole('heading', { name: 'Success: build' }).waitFor();
    await page.getByLabel('Recipe').selectOption('model');
    expect(new URL(page.url()).search).toBe('?stage=build&recipe=model');
    await page.reload();
    await page.getByRole('heading', { name: 'Duration: build' }).waitFor();
    expect(await page.getByLabel('Recipe').inputValue()).toBe('model');
    await page.goto(`${service.url}/trends?recipe=none`);
    await page.getByRole('heading', { name: 'No attempt of a job ended' }).waitFor();
    await accessible('empty trends');
  });

  it('shows the health of the service', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByText('Jobs of linux/arm64 can start').waitFor();
    await page.getByText('Jobs of linux/amd64 can start').waitFor();
    await page.getByText(/drives the builds/).waitFor();
    await page.getByText('Jobs polled').waitFor();
    await page.getByText(/^SQLite, answers in/).waitFor();
    await page.getByRole('button', { name: 'Run all checks' }).click();
    await page
      .getByText(/engine: /)
      .first()
      .waitFor();
    await page
      .getByText(/registry: /)
      .first()
      .waitFor();
    expect(await page.title()).toBe('Health · Twinhull');
    await accessible('health');
  });

  it('documents the API, and sends a read from there', async () => {
    await page.goto(service.url);
    await page.getByRole('link', { name: 'API', exact: true }).click();
    const route = page.locator('#get-v1-builds');
    await route.locator('summary').first().click();
    await route.getByLabel('recipe', { exact: true }).fill('model');
    await route.getByLabel('limit', { exact: true }).fill('1');
    await route.getByRole('button', { name: 'Send' }).click();
    await route.getByText('200 OK').waitFor();
    expect(await route.getByRole('region', { name: 'Answer' }).innerText()).toContain('"recipe": "model"');
    await route.locator('.schema-inside summary', { hasText: 'BuildList' }).click();
    await route.locator('.properties code', { hasText: 'builds' }).first().waitFor();
    await accessible('api reference');
    const anyone = await openWindow(await browser.newContext({ viewport: wide }));
    await anyone.page.goto(`${service.url}/docs#get-v1-trends`);
    await anyone.page.locator('#get-v1-trends').getByRole('link', { name: 'Sign in' }).waitFor();
    await anyone.page.context().close();
  });

  it('offers a reader nothing that it may not do, and signs it out when its token is revoked', async () => {
    const reader = await openWindow(await browser.newContext({ viewport: wide }));
    const token = await newToken(bed, 'read');
    await reader.page.goto(service.url);
    await reader.page.getByLabel('API token').fill(token);
    await reader.page.getByRole('button', { name: 'Sign in' }).click();
    await reader.page.locator('.build-link').first().click();
    await reader.page.locator('h1 .state').waitFor();
    expect(await reader.page.getByRole('button', { name: /^(Cancel|Retry|Promote)/ }).count()).toBe(0);
    await bed.run(['token', 'revoke', token.split('_')[1] ?? '']);
    await reader.page.goto(service.url);
    await reader.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});
