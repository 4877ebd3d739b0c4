import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';

/**
 * A message as ReceiveMessage returns it:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
 */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
}

interface Waiting {
  readonly id: string;
  readonly body: string;
  /** When it becomes visible, in milliseconds since the Unix epoch. */
  visibleAt: number;
  receipt: string | undefined;
}

/**
 * A standard SQS queue in memory: a received message is hidden for a while, and becomes visible again unless it is
 * deleted.
 */
export class MessageQueue {
  readonly #clock: Clock;
  readonly #visibilityMilliseconds: number;
  readonly #messages = new Set<Waiting>();
  readonly #receivers = new Set<AbortController>();

  constructor(clock: Clock, visibilityMilliseconds: number) {
    this.#clock = clock;
    this.#visibilityMilliseconds = visibilityMilliseconds;
  }

  /** Messages that were not deleted, including hidden ones. */
  get size(): number {
    return this.#messages.size;
  }

  send(body: string): void {
    this.#messages.add({ id: randomUUID(), body, visibleAt: 0, receipt: undefined });
    for (const receiver of this.#receivers) receiver.abort();
  }

  /** Up to `most` messages, after waiting at most so long for the first one. */
  async receive(most: number, waitMilliseconds: number, gone: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const end = this.#clock.now() + waitMilliseconds;
    for (;;) {
      const now = this.#clock.now();
      const visible = [...this.#messages].filter((message) => message.visibleAt <= now).slice(0, most);
      if (visible.length > 0 && !gone.aborted) return visible.map((message) => this.#handOut(message, now));
      if (now >= end || gone.aborted) return [];
      const arrival = new AbortController();
      this.#receivers.add(arrival);
      const hidden = Math.min(end, ...[...this.#messages].map(({ visibleAt }) => visibleAt));
      await this.#clock.sleep(hidden - now, AbortSignal.any([arrival.signal, gone]));
      this.#receivers.delete(arrival);
    }
  }

  /** @returns whether the message existed */
  delete(receipt: string): boolean {
    const message = [...this.#messages].find((candidate) => candidate.receipt === receipt);
    return message !== undefined && this.#messages.delete(message);
  }

  #handOut(message: Waiting, now: number): ReceivedMessage {
    message.visibleAt = now + this.#visibilityMilliseconds;
    message.receipt = randomUUID();
    return {
      MessageId: message.id,
      ReceiptHandle: message.receipt,
      MD5OfBody: createHash('md5').update(message.body).digest('hex'),
      Body: message.body,
    };
  }
}
