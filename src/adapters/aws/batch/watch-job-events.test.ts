import { describe, expect, it, onTestFinished } from 'vitest';
import { EventQueue, type EventQueueOptions } from '../../../../lab/batch-stand-in/event-queue.ts';
import { jobStateChange } from '../../../../lab/batch-stand-in/job-state-change.ts';
import { batchQueues, standInCredentials as credentials } from '../../../../test/helpers/batch-bed.ts';
import { pollUntil } from '../../../../test/helpers/poll-until.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { ChangeListener } from '../../../ports/job-backend.ts';
import { watchJobEvents } from './watch-job-events.ts';

/** A stand-in for SQS, and what a watcher of it reports. Not AWS: see lab/batch-stand-in. */
async function openBed(options: Partial<EventQueueOptions> = {}) {
  const queue = await EventQueue.start({ clock: systemClock, ...options });
  const stop = new AbortController();
  const reports: string[] = [];
  const listener: ChangeListener = {
    changed: (id) => void reports.push(`changed ${String(id)}`),
    onConnectionChange: (isAvailable, trouble) =>
      void reports.push(isAvailable ? 'available' : `unavailable: ${String(trouble)}`),
    unusable: (why) => void reports.push(why),
    undeleted: (messages, trouble, isLasting) =>
      void reports.push(`${isLasting ? 'kept' : 'kept for now'} ${String(messages)}: ${String(trouble)}`),
  };
  const watching = watchJobEvents(
    {
      ...{ region: 'us-gov-west-1', clock: systemClock, queues: Object.values(batchQueues) },
      eventQueue: { url: queue.queueUrl, endpoint: queue.url, credentials },
    },
    listener,
    stop.signal,
  );
  onTestFinished(async () => {
    stop.abort();
    await watching;
    await queue.close();
  });
  return { queue, reports, stop, watching };
}

function change(id: string, jobName = 'twinhull-build-arm64-1') {
  const jobQueue = `arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/${batchQueues['linux/arm64']}`;
  return jobStateChange({ jobArn: `job/${id}`, jobId: id, jobName, jobQueue, status: 'RUNNING' }, Date.now());
}

describe('the queue of job events', () => {
  it('reports each job as soon as its event arrives, and deletes the message', async () => {
    const { queue, reports } = await openBed();
    await pollUntil('the first long poll', () => queue.calls.get('ReceiveMessage') === 1);
    for (const id of ['a', 'b', 'a']) queue.send(change(id));
    await pollUntil('three changes', () => reports.filter((text) => text.startsWith('changed')).length === 3);
    expect(reports.filter((text) => text.startsWith('changed')).toSorted()).toEqual([
      'changed a',
      'changed a',
      'changed b',
    ]);
    await pollUntil('no message', () => queue.size === 0);
  });

  it('discards each foreign or malformed message once', async () => {
    const { queue, reports } = await openBed({ visibilityMilliseconds: 50 });
    for (const poison of ['no {json', '', '[]', '{"source":"aws.ec2"}']) queue.send(poison);
    queue.send(change('x', 'nightly-simulation'));
    queue.send(change('a'));
    await pollUntil('no message', () => queue.size === 0);
    expect(reports.toSorted()).toEqual(['available', 'changed a', 'foreign', ...Array<string>(4).fill('malformed')]);
  });

  it('redelivers a message that could not be deleted, which does no harm', async () => {
    let refusals = 2;
    const { queue, reports } = await openBed({
      visibilityMilliseconds: 50,
      faults: (operation) => (operation === 'DeleteMessageBatch' && refusals-- > 0 ? 'failing' : undefined),
    });
    queue.send(change('a'));
    await pollUntil('no message', () => queue.size === 0);
    expect(reports.filter((text) => text === 'changed a')).toHaveLength(3);
    expect(reports.filter((text) => text.startsWith('unavailable'))).toEqual([]);
    expect(reports.filter((text) => text.startsWith('kept for now 1'))).toHaveLength(2);
  });

  it('reports a role that lacks permission to delete', async () => {
    const { reports, queue } = await openBed({
      faults: (operation) => (operation === 'DeleteMessageBatch' ? 'denied' : undefined),
    });
    queue.send(change('a'));
    await pollUntil('the refusal', () => reports.find((text) => text.startsWith('kept')));
    expect(reports).toEqual(['available', 'changed a', expect.stringMatching(/^kept 1: AccessDenied.*not authorized/)]);
  });

  it.each(['throttled', 'failing', 'lost'] as const)(
    'reports once that it is %s for a while, and once that it recovers',
    async (fault) => {
      let isAway = true;
      const { queue, reports } = await openBed({ faults: () => (isAway ? fault : undefined) });
      await pollUntil('the sixth failure', () => (queue.calls.get('ReceiveMessage') ?? 0) >= 6);
      queue.send(change('a'));
      isAway = false;
      await pollUntil('the change', () => reports.includes('changed a'));
      expect(reports).toEqual([expect.stringMatching(/^unavailable: /), 'available', 'changed a']);
    },
  );

  it('is polled with backoff while the connection was refused', async () => {
    const { queue, reports } = await openBed();
    await pollUntil('the first answer or long poll', () => queue.calls.get('ReceiveMessage') === 1);
    await queue.close();
    await pollUntil('the outage to be reported', () => reports.some((text) => text.startsWith('unavailable')));
    await queue.open();
    queue.send(change('a'));
    await pollUntil('the change', () => reports.includes('changed a'));
    expect(queue.calls.get('ReceiveMessage')).toBeLessThan(10);
  });

  it('is released at once when the watcher is stopped during a long poll', async () => {
    // A long poll that only a message or the watcher itself ends.
    const sleep = (_: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    const { queue, stop, watching, reports } = await openBed({ clock: { now: () => 0, sleep } });
    await pollUntil('the long poll', () => queue.calls.get('ReceiveMessage') === 1);
    stop.abort();
    await watching;
    queue.send(change('a'));
    expect(reports).not.toContain('changed a');
    expect(queue.size).toBe(1);
  });
});
