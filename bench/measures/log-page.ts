import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { CDPSession, Page } from 'playwright-core';
import { openSqliteStore } from '../../src/adapters/store/sqlite.ts';
import { openBrowser } from '../../test/helpers/chromium.ts';
import { ServeBed } from '../../test/helpers/serve-bed.ts';
import { compilerLines, markLine, StoredLog } from '../../test/helpers/stored-logs.ts';
import { type Bed, program } from '../bed.ts';
import type { Measure } from '../measure.ts';
import { quantity } from '../quantities.ts';
import type { Comparison, Unit } from '../results.ts';

const lines = 500_000;
const rounds = 5;
const scrollSeconds = 5;
/** Of a screen with 60 frames a second, in milliseconds. */
const frame = 1000 / 60;

/** What is searched for, and how many lines have it. */
const searches = [
  ['99999', 5],
  ['no such text', 0],
] as const;

export const logPage: Measure = {
  name: 'log-page',
  title: 'A log of 500,000 lines on the page of its build',
  method:
    `\`twinhull serve\` on SQLite and Chromium on the same two processors. ${String(rounds)} builds have a log of ${lines.toLocaleString('en')} lines (39 MB) each; ` +
    'each is opened once, by a click in the list of builds, until its last line is drawn: the service has not read the log before. Then the log is scrolled, ' +
    `${String(scrollSeconds)} s by the wheel and as long by dragging from its end to its beginning; frames are counted against 60 a second. The heap is that of the page, ` +
    'at its largest. A search is timed from the last keystroke to the number of lines found; 150 ms of it wait for another keystroke.',

  async run(bed) {
    const service = await serviceWithLogs(bed);
    const browser = await openBrowser();
    bed.defer(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(service.address);
    await page.getByLabel('API token').fill(service.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const heap = new Heap(await page.context().newCDPSession(page));
    const [opened, wheeled, dragged, heaps]: number[][] = [[], [], [], []];
    const searched = new Map<string, number[]>(searches.map(([text]) => [text, []]));
    for (const id of service.builds) {
      await page.goto(service.address);
      await page.locator(`.build-link[href="/builds/${id}"]`).waitFor();
      heap.begin();
      opened?.push(take(bed, 'opened', 'seconds', await timed(page, opening(id))));
      wheeled?.push(take(bed, 'wheel', 'percent', await dropped(page, () => turnWheel(page))));
      dragged?.push(take(bed, 'dragged', 'percent', await dropped(page, () => page.evaluate(dragging))));
      for (const [text, count] of searches)
        searched
          .get(text)
          ?.push(take(bed, `search for "${text}"`, 'seconds', await timed(page, searching(text, count))));
      heaps?.push(take(bed, 'heap', 'bytes', await heap.end()));
    }
    const bytes = take(bed, 'script', 'bytes', scriptBytes());
    return {
      comparisons: [
        against('from the click to the last line', 'seconds', opened ?? [], 0.5),
        against('frames dropped, by wheel', 'percent', wheeled ?? [], 5),
        against('frames dropped, dragging', 'percent', dragged ?? [], 5),
        against('heap', 'bytes', heaps ?? [], 100e6),
        ...searches.map(([text, count]) =>
          against(`search, ${String(count)} lines found`, 'seconds', searched.get(text) ?? [], 0.5),
        ),
        against('script of all pages, gzipped', 'bytes', [bytes], 60e3),
      ],
    };
  },
};

function take(bed: Bed, what: string, unit: Unit, sample: number): number {
  bed.say(`${what}: ${quantity(sample, unit)}`);
  return sample;
}

function against(what: string, unit: Unit, samples: readonly number[], limit: number): Comparison {
  const [ours, baseline] = [
    { label: 'the page', samples },
    { label: 'target', samples: [limit] },
  ];
  return { what, unit, ours, baseline, target: { atMost: limit } };
}

async function serviceWithLogs(bed: Bed) {
  const service = await ServeBed.open({ conduct: () => () => ({ runs: [] }) });
  bed.defer(() => service.dispose());
  const store = await openSqliteStore(path.join(service.folder, 'state', 'twinhull.db'));
  const builds: string[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const log = await StoredLog.begin(store);
    await log.print([markLine(1, 'begin build app')]);
    await log.print(compilerLines(1, lines));
    await log.end();
    builds.push(log.buildId);
  }
  await store.close();
  const address = await service.serve();
  return { address, builds, token: service.headers.authorization.slice('Bearer '.length) };
}

/** @param script begins, and returns whether it is over. @returns seconds */
async function timed(page: Page, { begin, over }: { readonly begin: string; readonly over: string }): Promise<number> {
  // The frame after the one that draws it: by then it is on the screen.
  const milliseconds = await page.evaluate<number>(`new Promise((resolve) => {
    const since = performance.now();
    ${begin};
    const look = () => {
      if (${over}) requestAnimationFrame(() => resolve(performance.now() - since));
      else requestAnimationFrame(look);
    };
    look();
  })`);
  return milliseconds / 1000;
}

function opening(id: string) {
  return {
    begin: `document.querySelector('.build-link[href="/builds/${id}"]').click()`,
    over: `[...document.querySelectorAll('.line')].some((row) => row.textContent.includes('line ${String(lines)} of the log'))`,
  };
}

function searching(text: string, count: number) {
  return {
    begin: `const field = document.querySelector('.log-search input');
      field.value = ${JSON.stringify(text)};
      field.dispatchEvent(new Event('input', { bubbles: true }))`,
    over: `document.querySelector('.found').textContent === '${String(count)} found'`,
  };
}

/** The share of frames that were not drawn while `work` ran, in percent. */
async function dropped(page: Page, work: () => Promise<unknown>): Promise<number> {
  await page.evaluate(`(() => {
    const frames = (window.frames_ = []);
    const next = (at) => {
      frames.push(at);
      if (window.frames_ === frames) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })()`);
  await work();
  const at = await page.evaluate<number[]>(
    '(() => { const all = window.frames_; window.frames_ = []; return all; })()',
  );
  const missed = at.slice(1).map((time, n) => Math.max(0, Math.round((time - (at[n] ?? time)) / frame) - 1));
  const sum = missed.reduce((total, each) => total + each, 0);
  if (at.length < 60) throw new Error(`only ${String(at.length)} frames were drawn`);
  return (100 * sum) / (sum + at.length - 1);
}

async function turnWheel(page: Page): Promise<void> {
  const box = page.locator('.log-lines');
  await box.scrollIntoViewIfNeeded();
  const { x = 0, y = 0 } = (await box.boundingBox()) ?? {};
  await page.mouse.move(x + 200, y + 100);
  const top = () => page.evaluate<number>(`document.querySelector('.log-lines').scrollTop`);
  const before = await top();
  for (const end = performance.now() + scrollSeconds * 1000; performance.now() < end; ) {
    await page.mouse.wheel(0, -240);
    await sleep(frame);
  }
  if ((await top()) >= before) throw new Error('the wheel did not turn');
}

const dragging = `new Promise((resolve) => {
  const box = document.querySelector('.log-lines');
  const [begin, since] = [box.scrollHeight, performance.now()];
  const next = () => {
    const part = (performance.now() - since) / ${String(scrollSeconds * 1000)};
    box.scrollTop = begin * (1 - part);
    if (part < 1) requestAnimationFrame(next);
    else resolve();
  };
  next();
})`;

/** The largest size of a page's heap, garbage included, in bytes. */
class Heap {
  readonly #session: CDPSession;
  #largest = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(session: CDPSession) {
    this.#session = session;
  }

  begin(): void {
    this.#largest = 0;
    this.#timer = setInterval(() => void this.#take().catch(() => undefined), 100);
  }

  async end(): Promise<number> {
    clearInterval(this.#timer);
    await this.#take();
    return this.#largest;
  }

  async #take(): Promise<void> {
    const { usedSize } = await this.#session.send('Runtime.getHeapUsage');
    this.#largest = Math.max(this.#largest, usedSize);
  }
}

function scriptBytes(): number {
  const folder = path.join(path.dirname(program), '../web/assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const bytes = scripts.map((name) => gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).length);
  return bytes.reduce((sum, each) => sum + each, 0);
}
