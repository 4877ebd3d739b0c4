import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteMessage$, DeleteMessageBatch$, ReceiveMessage$ } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Clock } from '../../src/ports/clock.ts';
import { answerFaults, type OperationSchema, requestFaults } from '../aws-model/call-faults.ts';
import { MessageQueue } from './message-queue.ts';

export type QueueOperation = 'ReceiveMessage' | 'DeleteMessage' | 'DeleteMessageBatch';

/**
 * `throttled`: rejected; `denied`: rejected by IAM; `failing`: 500; `lost`: the connection breaks. The call has no
 * effect.
 */
export type QueueFault = 'throttled' | 'denied' | 'failing' | 'lost';

export interface EventQueueOptions {
  readonly clock: Clock;
  /** How long a received message stays hidden. @default 30_000 */
  readonly visibilityMilliseconds?: number;
  /** Called before each operation. */
  readonly faults?: (operation: QueueOperation) => QueueFault | undefined;
}

/** AWS's own model of each operation, with which requests and answers are compared. */
const models: Readonly<Record<QueueOperation, OperationSchema>> = {
  ReceiveMessage: ReceiveMessage$,
  DeleteMessage: DeleteMessage$,
  DeleteMessageBatch: DeleteMessageBatch$,
};

const receive = z.object({
  MaxNumberOfMessages: z.number().max(10).default(1),
  WaitTimeSeconds: z.number().default(0),
});
const removal = z.object({ ReceiptHandle: z.string() });
const removals = z.object({ Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })).max(10) });

/**
 * A stand-in for one SQS queue on a loopback port, with the JSON protocol
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html).
 */
export class EventQueue {
  /** How often each operation was called, including failures. */
  readonly calls = new Map<QueueOperation, number>();
  readonly #options: EventQueueOptions;
  readonly #messages: MessageQueue;
  #server: Server | undefined;
  #port = 0;

  private constructor(options: EventQueueOptions) {
    this.#options = options;
    this.#messages = new MessageQueue(options.clock, options.visibilityMilliseconds ?? 30_000);
  }

  static async start(options: EventQueueOptions): Promise<EventQueue> {
    const queue = new EventQueue(options);
    await queue.open();
    return queue;
  }

  /** For `AWS_ENDPOINT_URL_SQS`. */
  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  get queueUrl(): string {
    return `${this.url}/123456789012/job-events`;
  }

  /** Messages that were not deleted. */
  get size(): number {
    return this.#messages.size;
  }

  send(message: unknown): void {
    this.#messages.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Listens again, on the same port, after `close`. */
  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening; the messages are kept. */
  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
    });
    this.#server = undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const operation = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] as QueueOperation;
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    const trouble = this.#options.faults?.(operation);
    if (trouble === 'lost') return void response.socket?.destroy();
    if (trouble === 'failing') return answer(response, 500, { __type: 'com.amazonaws.sqs#InternalFailure' });
    if (trouble === 'throttled') return answer(response, 400, { __type: 'com.amazonaws.sqs#RequestThrottled' });
    if (trouble === 'denied') {
      const message = `not authorized to perform: sqs:${operation.toLowerCase()}`;
      return answer(response, 403, { __type: 'com.amazon.coral.service#AccessDeniedException', message });
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const [fault] = requestFaults(models[operation], body);
    if (fault !== undefined) return answer(response, 400, { __type: 'ValidationException', message: fault });
    const result = await this.#perform(operation, body, gone.signal);
    const [own] = answerFaults(models[operation], result);
    if (own !== undefined) return answer(response, 500, { __type: 'InternalFailure', message: own });
    answer(response, 200, result);
  }

  async #perform(operation: QueueOperation, body: unknown, gone: AbortSignal): Promise<unknown> {
    switch (operation) {
      case 'ReceiveMessage': {
        const { MaxNumberOfMessages, WaitTimeSeconds } = receive.parse(body);
        const messages = await this.#messages.receive(MaxNumberOfMessages, WaitTimeSeconds * 1000, gone);
        return messages.length === 0 ? {} : { Messages: messages };
      }
      case 'DeleteMessage':
        this.#messages.delete(removal.parse(body).ReceiptHandle);
        return {};
      case 'DeleteMessageBatch': {
        const { Entries } = removals.parse(body);
        for (const { ReceiptHandle } of Entries) this.#messages.delete(ReceiptHandle);
        return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
      }
    }
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
}
