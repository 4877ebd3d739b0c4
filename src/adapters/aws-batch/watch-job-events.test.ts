import { describe, expect, it, onTestFinished } from 'vitest';
import { EventQueue, type EventQueueOptions } from '../../../lab/batch-stand-in/event-queue.ts';
import { jobStateChange } from '../../../lab/batch-stand-in/job-state-change.ts';
import { batchQueues, standInCredentials as credentials } from '../../../test/helpers/batch-bed.ts';
import { pollUntil } from '../../../test/helpers/poll-until.ts';
import { systemClock } from '../../ports/clock.ts';
import type { ChangeListener } from '../../ports/job-backend.ts';
import { watchJobEvents } from './watch-job-events.ts';

/** A stand-in for SQS, and what a watcher of it was told. Not AWS: see lab/batch-stand-in. */
async function openBed(options: Partial<EventQueueOptions> = {}) {
  const queue = await EventQueue.start({ clock: systemClock, ...options });
  const stop = new AbortController();
  const told: string[] = [];
  const listener: ChangeListener = {
    changed: (id) => void told.push(`changed ${String(id)}`),
    hearing: (hears, trouble) => void told.push(hears ? 'hears' : `deaf: ${String(trouble)}`),
    unusable: (why) => void told.push(why),
    undeleted: (messages, trouble, isLasting) =>
      void told.push(`${isLasting ? 'kept' : 'kept for now'} ${String(messages)}: ${String(trouble)}`),
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
  return { queue, told, stop, watching };
}

function change(id: string, jobName = 'twinhull-build-arm64-1') {
  const jobQueue = `arn:aws-us-gov:batch:us-gov-west-1:123456789012:job-queue/${batchQueues['linux/arm64']}`;
  return jobStateChange({ jobArn: `job/${id}`, jobId: id, jobName, jobQueue, status: 'RUNNING' }, Date.now());
}

describe('the queue of job events', () => {
  it('tells of each job as soon as its event comes, and leaves no message', async () => {
    const { queue, told } = await openBed();
    await pollUntil('the first long poll', () => queue.calls.get('ReceiveMessage') === 1);
    for (const id of ['a', 'b', 'a']) queue.send(change(id));
    await pollUntil('three changes', () => told.filter((text) => text.startsWith('changed')).length === 3);
    expect(told.filter((text) => text.startsWith('changed')).toSorted()).toEqual([
      'changed a',
      'changed a',
      'changed b',
    ]);
    await pollUntil('no message', () => queue.size === 0);
  });

  it('throws away what is no event of ours, once each', async () => {
    const { queue, told } = await openBed({ visibilityMilliseconds: 50 });
    for (const poison of ['no {json', '', '[]', '{"source":"aws.ec2"}']) queue.send(poison);
    queue.send(change('x', 'nightly-simulation'));
    queue.send(change('a'));
    await pollUntil('no message', () => queue.size === 0);
    expect(told.toSorted()).toEqual(['changed a', 'foreign', 'hears', ...Array<string>(4).fill('malformed')]);
  });

  it('may refuse to delete: the message comes again, and does no harm', async () => {
    let refusals = 2;
    const { queue, told } = await openBed({
      visibilityMilliseconds: 50,
      faults: (operation) => (operation === 'DeleteMessageBatch' && refusals-- > 0 ? 'failing' : undefined),
    });
    queue.send(change('a'));
    await pollUntil('no message', () => queue.size === 0);
    expect(told.filter((text) => text === 'changed a')).toHaveLength(3);
    expect(told.filter((text) => text.startsWith('deaf'))).toEqual([]);
    expect(told.filter((text) => text.startsWith('kept for now 1'))).toHaveLength(2);
  });

  it('tells of a role that may not delete', async () => {
    const { told, queue } = await openBed({
      faults: (operation) => (operation === 'DeleteMessageBatch' ? 'denied' : undefined),
    });
    queue.send(change('a'));
    await pollUntil('the refusal', () => told.find((text) => text.startsWith('kept')));
    expect(told).toEqual(['hears', 'changed a', expect.stringMatching(/^kept 1: AccessDenied.*not authorized/)]);
  });

  it.each(['throttled', 'failing', 'lost'] as const)(
    '%s for a while is said once, and once when it is over',
    async (fault) => {
      let isAway = true;
      const { queue, told } = await openBed({ faults: () => (isAway ? fault : undefined) });
      await pollUntil('the sixth failure', () => (queue.calls.get('ReceiveMessage') ?? 0) >= 6);
      queue.send(change('a'));
      isAway = false;
      await pollUntil('the change', () => told.includes('changed a'));
      expect(told).toEqual([expect.stringMatching(/^deaf: /), 'hears', 'changed a']);
    },
  );

  it('is not asked in a hurry while nothing listens there', async () => {
    const { queue, told } = await openBed();
    await pollUntil('the first answer or long poll', () => queue.calls.get('ReceiveMessage') === 1);
    await queue.close();
    await pollUntil('the outage to be told', () => told.some((text) => text.startsWith('deaf')));
    await queue.open();
    queue.send(change('a'));
    await pollUntil('the change', () => told.includes('changed a'));
    expect(queue.calls.get('ReceiveMessage')).toBeLessThan(10);
  });

  it('is left at once when the watcher is told to stop, amid a long poll', async () => {
    const { queue, stop, watching, told } = await openBed();
    await pollUntil('the long poll', () => queue.calls.get('ReceiveMessage') === 1);
    const begun = performance.now();
    stop.abort();
    await watching;
    expect(performance.now() - begun).toBeLessThan(5_000);
    queue.send(change('a'));
    expect(told).not.toContain('changed a');
    expect(queue.size).toBe(1);
  });
});
