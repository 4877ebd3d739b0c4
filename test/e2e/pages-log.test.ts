import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { expectAccessible, openBrowser, openWindow, picture } from '../helpers/pages-browser.ts';
import { pollUntil } from '../helpers/poll-until.ts';
import { ServeBed } from '../helpers/serve-bed.ts';
import { compilerLines, markLine, StoredLog } from '../helpers/stored-logs.ts';

/** Ends a test that hangs. */
const patient = { timeout: 240_000, interval: 20 };
const lines = 500_000;
const needle = 123_456;
const broken = 400_001;

function* longLog(): Generator<string> {
  yield markLine(1, 'begin clone -');
  yield* compilerLines(1, 10);
  yield markLine(3, 'end clone - 0');
  yield markLine(3, 'begin build app');
  yield* compilerLines(11, needle - 1);
  yield `line ${String(needle)} has the needle`;
  yield* compilerLines(needle + 1, broken - 1);
  yield `line ${String(broken)}: \u001b[1;31merror:\u001b[0m unknown type name`;
  yield* compilerLines(broken + 1, lines - 1);
  yield markLine(126.5, 'end build app 2');
  yield markLine(126.5, 'begin cleanup -');
  yield `line ${String(lines)} is the last`;
  yield markLine(127, 'end cleanup - 0');
}

const hostile = [
  `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2J\u001b[1;1H after',
  'abc\u202edcba\u2066',
  `${'w'.repeat(1_000_000)} the end of a long line`,
  'the line after',
];

describe('the log of a build, in a browser', () => {
  let bed: ServeBed;
  let store: BuildStore;
  let address: string;
  let browser: Browser;
  let page: Page;
  let log: Locator;
  let long: StoredLog;
  /** Of each answer with lines how many it had, and of each other answer of a log its path. */
  const answers: { lines: number; others: string[] } = { lines: 0, others: [] };

  beforeAll(async () => {
    bed = await ServeBed.open({ conduct: () => () => ({ runs: [] }) });
    store = await openSqliteStore(join(bed.folder, 'state', 'twinhull.db'));
    // This process drives the builds: their jobs exist nowhere.
    await store.acquireLease('the test', Date.now(), 86_400_000);
    long = await StoredLog.begin(store);
    await long.print(longLog());
    await long.end();
    address = await bed.serve();
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: address });
    page = (await openWindow(context)).page;
    log = page.locator('[data-platform=arm64]');
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.includes('/logs/')) return;
      if (!pathname.endsWith('/lines')) answers.others.push(pathname.split('/').pop() ?? '');
      else
        void response
          .json()
          .then((found: { lines: unknown[] }) => (answers.lines += found.lines.length))
          .catch(() => undefined);
    });
    await page.goto(address);
    await page.getByLabel('API token').fill(bed.headers.authorization.slice('Bearer '.length));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.build-link').first().waitFor();
  });

  afterAll(async () => {
    await browser.close();
    await store.close();
    await bed.dispose();
  });

  const line = (number: number) => log.locator('.line', { has: page.getByText(String(number), { exact: true }) });
  const open = async (build: StoredLog, hash = '') => {
    // Of another document, so that nothing is loaded.
    await page.goto('about:blank');
    answers.lines = 0;
    answers.others.length = 0;
    await page.goto(`${address}/builds/${build.buildId}${hash}`);
  };
  /** How far the middle of a line is from the middle of the log's box, in pixels. */
  const fromMiddle = (number: number) =>
    // Both at one moment: the page may be scrolling.
    page.evaluate<number>(`(() => {
      const rows = [...document.querySelectorAll('[data-platform=arm64] .line')];
      const row = rows.find((each) => each.querySelector('a').textContent === '${String(number)}');
      const box = row.closest('.log-lines').getBoundingClientRect();
      return Math.abs(row.getBoundingClientRect().top + 10 - box.top - box.height / 2);
    })()`);
  /** Number of the first line in sight, and where it is. */
  const top = () =>
    page.evaluate<unknown>(`(() => {
      const begin = document.querySelector('.log-lines').getBoundingClientRect().top;
      const rows = [...document.querySelectorAll('.line')].map((row) => {
        return { number: Number(row.querySelector('a').textContent), top: row.getBoundingClientRect().top - begin };
      });
      return rows.sort((one, other) => one.top - other.top).find((row) => row.top > -20);
    })()`);
  const scrollTo = (y: number) => page.evaluate(`document.querySelector('.log-lines').scrollTo(0, ${String(y)})`);
  /** Again until the line is in sight: lines that arrive at the same moment take a log to its end. */
  const showByScrolling = (y: number, number: number) =>
    pollUntil(`line ${String(number)}`, async () => {
      await scrollTo(y);
      return line(number).isVisible();
    });
  const textOf = (number: number) => expect.poll(() => line(number).locator('code').innerText(), patient);
  /** Of the browser's clipboard: what was copied. */
  const copied = () => page.evaluate<string>('navigator.clipboard.readText()');

  it('opens 500,000 lines at their end, and has loaded only those around it', async () => {
    await open(long);
    await log.getByText(`line ${String(lines)} is the last`).waitFor();
    await log.getByText('500,000 lines').first().waitFor();
    expect(await log.locator('.line').count()).toBeLessThan(120);
    await expect.poll(() => answers.lines, patient).toBeGreaterThan(0);
    expect(answers.lines).toBeLessThan(1_500);
    expect(answers.others).toEqual(['outline']);
    await page.evaluate(`document.querySelector('.log').scrollIntoView({ block: 'center' })`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await expectAccessible(page, `a long log, ${colorScheme}, ${String(width)} pixels wide`);
        await picture(page, `a long log-${colorScheme}-${String(width)}`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('opens a link to unloaded lines in the middle, also after a reload, copies and downloads them', async () => {
    await open(long, '#arm64-L250000-L250010');
    await log.locator('.line.chosen').nth(10).waitFor();
    expect(await fromMiddle(250_005)).toBeLessThan(21);
    expect(answers.lines).toBeLessThan(2_500);
    await picture(page, 'a link to lines of a log');
    await page.reload();
    await log.locator('.line.chosen').nth(10).waitFor();
    expect(await fromMiddle(250_005)).toBeLessThan(21);

    await open(long, '#arm64-L200001-L225000');
    await line(200_001).waitFor();
    await log.getByRole('button', { name: 'Copy the chosen lines' }).click();
    await log.getByText('Copied').waitFor();
    const expected = [...compilerLines(200_001, 225_000)];
    expect((await copied()).split('\n')).toEqual(expected);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      log.getByRole('link', { name: 'Download the chosen lines' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${long.buildId}-arm64-1-L200001-L225000.log`);
    expect(await readFile(await download.path(), 'utf8')).toBe(expected.map((text) => `${text}\n`).join(''));
    await open(long);
    await line(lines).waitFor();
    await log.getByRole('button', { name: 'Copy the log' }).click();
    await log.getByText('too many lines for the clipboard').waitFor();
  });

  it('goes to matches and errors in lines that are not loaded', async () => {
    await open(long);
    await line(lines).waitFor();
    await log.getByRole('searchbox').fill('HAS the needle');
    await log.locator('.found', { hasText: /^1 found$/ }).waitFor();
    await log.locator('.line.current', { hasText: 'has the needle' }).waitFor();
    expect(await fromMiddle(needle)).toBeLessThan(21);
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await log.locator('.line.current', { hasText: 'unknown type name' }).waitFor();
    expect(await log.locator('.line.current .fg-red').innerText()).toBe('error:');
    expect(answers.lines).toBeLessThan(6_000);
    await page.keyboard.press('Shift+M');
    await log.locator('.line.current', { hasText: 'has the needle' }).waitFor();
  });

  it('folds phases, shows how long each took, and unfolds one for a line in it', async () => {
    await open(long);
    await line(lines).waitFor();
    await page.keyboard.press('f');
    await log.locator('.line').first().waitFor({ state: 'detached' });
    expect(await log.locator('.phase-row').allInnerTexts()).toEqual([
      expect.stringMatching(/^▸ clone\s+2 s, 10 lines$/),
      expect.stringMatching(/^▸ build app\s+2 min 4 s, failed with exit code 2, 499,989 lines$/),
      expect.stringMatching(/^▸ cleanup\s+1 s, 1 line$/),
    ]);
    await expectAccessible(page, 'folded phases');
    await picture(page, 'folded phases');
    await log.getByRole('button', { name: /clone/ }).click();
    await line(10).waitFor();
    expect(await log.locator('.line').count()).toBe(10);
    await page.reload();
    await line(10).waitFor();
    expect(await log.locator('.line').count()).toBe(10);
    await log.getByRole('searchbox').fill('needle');
    await log.locator('.line.current', { hasText: 'has the needle' }).waitFor();
    expect(await log.getByRole('button', { name: /build app/ }).count()).toBe(0);
  });

  it('keeps the place through a reload, and back and forward', async () => {
    await open(long);
    await line(lines).waitFor();
    await showByScrolling(3_333_333, 166_670);
    const before = await top();
    const isKept = () =>
      page.evaluate<boolean>(
        'Object.values(history.state?.logs ?? {}).some(({ line, atEnd }) => !atEnd && line > 1e5)',
      );
    await pollUntil('the place to be kept', isKept);
    await page.reload();
    await line(166_670).waitFor();
    expect(await top()).toEqual(before);
    await page.getByRole('link', { name: 'Builds', exact: true }).first().click();
    await page.locator('.build-link').first().waitFor();
    await page.goBack();
    await line(166_670).waitFor();
    expect(await top()).toEqual(before);
  });

  it('follows a log at its end alone, counts what is added otherwise, and shows hostile lines as text', async () => {
    const live = await StoredLog.begin(store);
    await live.print([markLine(1, 'begin build app'), ...compilerLines(1, 2_000)]);
    await open(live);
    await line(2_000).waitFor();
    await live.print(compilerLines(2_001, 2_003));
    await line(2_003).waitFor();
    await showByScrolling(20_000, 1_001);
    await log.getByText('To the end').waitFor();
    const before = await top();
    await live.print(compilerLines(2_004, 2_243));
    await log.getByRole('button', { name: '240 new lines' }).waitFor();
    expect(await top()).toEqual(before);
    await picture(page, 'new lines of a log');
    await log.getByRole('button', { name: '240 new lines' }).click();
    await line(2_243).waitFor();
    await live.print(hostile);
    await line(2_248).waitFor();
    await textOf(2_244).toBe(hostile[0]);
    await textOf(2_245).toBe('red  after');
    await textOf(2_246).toBe('abc‹U+202E›dcba‹U+2066›');
    await textOf(2_247).toMatch(/^w{20000} … 980023 more characters$/);
    await page.reload();
    await line(2_248).waitFor();
    await textOf(2_247).toMatch(/^w{20000} … 980023 more characters$/);
    expect(await page.title()).not.toContain('owned');
    await live.end();
    await page.locator('h1 .state', { hasText: 'failed' }).waitFor();
    await page.keyboard.press('f');
    await log.getByRole('button', { name: 'build app stopped, 2,248 lines' }).waitFor();
  });

  it('reaches all of 1,500,000 lines, more than a browser has pixels for', async () => {
    const huge = await StoredLog.begin(store);
    await huge.print(Array.from({ length: 1_500_000 }, (_, at) => String(at % 10)));
    await huge.end();
    await open(huge);
    await line(1_500_000).waitFor();
    await log.getByText('The scroll bar reaches lines 800,001 to 1,500,000.').waitFor();
    await log.getByRole('button', { name: 'Earlier' }).click();
    await log.getByText('The scroll bar reaches lines 450,001 to 1,150,000.').waitFor();
    await line(1_150_000).waitFor();
    await open(huge, '#arm64-L3');
    await log.locator('.line.chosen').waitFor();
    await log.getByText('The scroll bar reaches lines 1 to 700,000.').waitFor();
  });
});
