import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { FollowItem } from '../../pipeline/follow.ts';
import { makeDisplay } from './display.ts';
import { LiveRenderer } from './live-renderer.ts';
import { notice, warningsTo } from './notice.ts';
import { createRenderer } from './renderer.ts';

class Collected extends Writable {
  text = '';
  frames = 0;
  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    if (chunk.includes('\u001b[?2026h')) this.frames += 1;
    callback();
  }
}

const created: FollowItem = {
  kind: 'event',
  event: {
    sequence: 1,
    buildId: '0mh2k3v9a1b2',
    at: 0,
    event: { type: 'build.created', commit: '3f2c1a9b7d', recipe: 'vecoli', platforms: ['linux/arm64', 'linux/amd64'] },
  },
};

function open(stream: Writable): LiveRenderer {
  return new LiveRenderer({
    stream,
    display: () => makeDisplay({ columns: 80, rows: 24 }),
    interruptHint: '',
    now: () => 0,
  });
}

it('renders 500,000 lines in a limited number of frames, and shows the last', async () => {
  const stream = new Collected();
  const renderer = open(stream);
  const begun = performance.now();
  await renderer.item(created);
  for (let i = 0; i < 500_000; i += 500) {
    const text = Array.from({ length: 500 }, (_, k) => `line ${i + k}\n`).join('');
    await renderer.item({ kind: 'log', platform: 'linux/arm64', attempt: 1, text });
  }
  renderer.notice('-');
  const seconds = (performance.now() - begun) / 1000;
  expect(stream.text).toContain('line 499999');
  expect(stream.frames).toBeLessThan(seconds * 16 + 4);
  renderer.close();
});

it('leaves headers, restores the cursor, and draws no more', async () => {
  const stream = new Collected();
  const listeners = process.listenerCount('exit');
  const renderer = open(stream);
  await renderer.item(created);
  renderer.done();
  expect(stream.text.slice(stream.text.lastIndexOf('\u001b[J') + 3)).toBe(
    '· linux/arm64  waiting\n· linux/amd64  waiting\n\u001b[?25h',
  );
  const { length } = stream.text;
  await renderer.item(created);
  renderer.close();
  expect(stream.text).toHaveLength(length);
  expect(process.listenerCount('exit')).toBe(listeners);
});

it('skips frames while the terminal does not read', async () => {
  const written: string[] = [];
  const stream = new Writable({ highWaterMark: 1, write: (chunk: Buffer) => void written.push(chunk.toString()) });
  const renderer = open(stream);
  await renderer.item(created);
  renderer.notice('one');
  renderer.notice('two');
  expect(written).toHaveLength(1);
  renderer.close();
});

it('passes lines of other writers through the renderer of their stream', async () => {
  const stream = Object.assign(new Collected(), { isTTY: false });
  notice(stream, 'before');
  const renderer = createRenderer(stream, { environment: {} });
  warningsTo(stream).warning('the registry\nis \u001b[2Jslow');
  await renderer.done({} as never);
  expect(stream.text).toBe('before\nwarning: the registry is slow\n');
});

it('does not repeat a warning within a minute', () => {
  const stream = new Collected();
  let now = 0;
  const reporter = warningsTo(stream, () => now);
  reporter.warning('slow');
  reporter.warning('slow');
  now = 61_000;
  reporter.warning('slow');
  expect(stream.text).toBe('warning: slow\nwarning: slow\n');
});

it('is live on a terminal, and plain in a pipe, in CI, or on a dumb terminal', () => {
  const on = (isTTY: boolean, environment: NodeJS.ProcessEnv): boolean => {
    const renderer = createRenderer(Object.assign(new Collected(), { isTTY }), { environment });
    renderer.close();
    return renderer instanceof LiveRenderer;
  };
  expect([on(true, {}), on(false, {}), on(true, { CI: 'true' }), on(true, { TERM: 'dumb' })]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
