import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { BuildEvent } from '../../domain/build-event.ts';
import type { Platform } from '../../domain/platform.ts';
import type { FollowItem } from '../../pipeline/follow.ts';
import { makeDisplay } from './display.ts';
import { PlainRenderer } from './plain-renderer.ts';

const nonce = 'a'.repeat(32);

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }
}

function log(text: string, platform: Platform = 'linux/arm64', attempt = 1): FollowItem {
  return { kind: 'log', platform, attempt, text };
}

function happened(event: BuildEvent): FollowItem {
  return { kind: 'event', event: { sequence: 1, buildId: '0mh2k3v9a1b2', at: 0, event } };
}

async function rendered(...items: FollowItem[]): Promise<string> {
  const stream = new Collected();
  const renderer = new PlainRenderer({ stream, display: makeDisplay() });
  for (const item of items) await renderer.item(item);
  await renderer.done();
  return stream.text;
}

it('prefixes the lines of a log, and replaces marks with sentences in place', async () => {
  const text = await rendered(
    log(
      `##twinhull ${nonce} 10.00 hello 1 1767225600 0123456789ab\n##twinhull ${nonce} 10.00 begin build task\nmake\n`,
    ),
    log('gcc -c a.c\nlinked', 'linux/amd64'),
    log(
      `gcc\n##twinhull ${nonce} 13.20 fail build task step-failed 2 make ended with exit code 2\n##twinhull ${nonce} 13.25 end build task 2\n`,
    ),
  );
  expect(text).toBe(
    [
      'arm64 * build task begins',
      'arm64 | make',
      'amd64 | gcc -c a.c',
      'arm64 | gcc',
      'arm64 * make ended with exit code 2',
      'arm64 * build task failed with exit code 2 after 3.3s',
      'amd64 | linked',
      '',
    ].join('\n'),
  );
});

it('reports once that a job was restarted, by the mark in its log', async () => {
  const reason = 'Host EC2 (instance i-0) terminated.';
  const text = await rendered(
    log(`##twinhull ${nonce} 10.00 hello 1 1767225600 key-1\n##twinhull ${nonce} 0.00 again ${reason}\n`),
    happened({ type: 'job.restarted', platform: 'linux/arm64', attempt: 1, reason }),
  );
  expect(text).toBe(`arm64 * job restarted; previous run ended with ${reason}\n`);
});

it('describes events in sentences, and phases only once, by their marks', async () => {
  const text = await rendered(
    happened({
      type: 'build.created',
      commit: '3f2c1a9b7d',
      recipe: 'vecoli',
      platforms: ['linux/arm64', 'linux/amd64'],
    }),
    happened({ type: 'job.started', platform: 'linux/arm64', attempt: 1, startedAt: 0, jobKey: 'k' }),
    happened({ type: 'job.phase', platform: 'linux/arm64', attempt: 1, phase: 'tools', status: 'begin' }),
    happened({ type: 'job.stopping', platform: 'linux/amd64', attempt: 1, why: 'sibling-failed' }),
    happened({ type: 'publish.tag-put', tag: 'latest', digest: `sha256:${'d'.repeat(64)}` }),
    happened({ type: 'build.published' }),
  );
  expect(text).toBe(
    [
      'build * id is 0mh2k3v9a1b2',
      'build * started: vecoli at 3f2c1a9 for linux/arm64, linux/amd64',
      'arm64 * job runs',
      'amd64 * stopping the job: the other platform failed',
      'build * tag latest is sha256:dddddddddddd',
      'build * published',
      '',
    ].join('\n'),
  );
});

it('removes escape sequences of a log', async () => {
  expect(await rendered(log('\u001b]0;title\u0007\u001b[2Jgone?\rno\n'))).toBe('arm64 | gone?\narm64 | no\n');
});

it('loses no line with a slow reader', async () => {
  let received = '';
  let most = 0;
  const stream = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _encoding, callback) {
      received += chunk.toString();
      setImmediate(callback);
    },
  });
  const renderer = new PlainRenderer({ stream, display: makeDisplay() });
  for (let i = 0; i < 20_000; i += 1) {
    await renderer.item(log(`line ${i}\n`));
    most = Math.max(most, stream.writableLength);
  }
  await renderer.done();
  expect(received.split('\n').slice(0, -1)).toEqual(Array.from({ length: 20_000 }, (_, i) => `arm64 | line ${i}`));
  expect(most).toBeLessThan(200_000);
});

it('does not hang if the reader disconnects', async () => {
  const stream = new Writable({ highWaterMark: 1, write: () => undefined });
  const renderer = new PlainRenderer({ stream, display: makeDisplay() });
  await renderer.item(log('x'.repeat(100_000)));
  const waiting = renderer.done();
  stream.destroy();
  await expect(waiting).resolves.toBeUndefined();
});
