import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { aborted, type Clock } from '../../../ports/clock.ts';
import type { ChangeListener } from '../../../ports/job-backend.ts';
import { clientOptions } from '../sdk/client-options.ts';
import { observeRequests } from '../sdk/request-observer.ts';
import { pauseBefore, type RetryContext } from './aws-retries.ts';
import type { ConnectOptions } from './batch-clients.ts';
import { troubleOf } from './batch-errors.ts';
import { readJobChange } from './read-job-change.ts';

/** @see ConnectOptions for the endpoint and credentials of SQS */
export interface EventQueueOptions extends ConnectOptions {
  /** URL of the SQS queue that EventBridge sends "Batch Job State Change" to. */
  readonly url: string;
}

/** Which queue of events to read, and which jobs it is about. */
export interface JobEventsOptions {
  readonly region: string;
  readonly eventQueue: EventQueueOptions;
  /** Batch job queues whose jobs are ours: names or ARNs. */
  readonly queues: readonly string[];
  readonly clock: Clock;
}

/** Long polling, in seconds: below the 20 s after which a connection counts as broken. */
const longPoll = 15;

/** The most messages per SQS request. */
const batchSize = 10;

/** A single failure may be a connection that was idle for too long: after so many in a row, events are unavailable. */
const lastingFailures = 3;

/**
 * Consumes the queue of job events until `signal` aborts. Each message only causes a poll, and is deleted whatever it
 * contains. One that cannot be deleted is received again, which is reported and harmless. While SQS does not respond,
 * requests are repeated at growing intervals.
 *
 * @throws SettingInvalid when the CA bundle or the proxy of the environment cannot be used
 */
export async function watchJobEvents(
  options: JobEventsOptions,
  listener: ChangeListener,
  signal: AbortSignal,
): Promise<void> {
  const { region, queues, clock } = options;
  const { url: queueUrl, onRequest, ...connect } = options.eventQueue;
  const sqs = new SQSClient({
    // The endpoint of all other requests: a FIPS endpoint or an emulator, not the host of the URL.
    ...{ ...clientOptions({ region }, 1), ...connect, useQueueUrlAsEndpoint: false },
  });
  if (onRequest !== undefined) observeRequests(sqs, { service: 'sqs', outcomeOf: troubleOf, onRequest });
  const connection = new EventConnection(listener, { clock }, signal);
  const consumer = Consumer.create({
    ...{ sqs, queueUrl, batchSize, waitTimeSeconds: longPoll, strictReturn: true },
    // Only the code below decides how long to wait after a failure.
    authenticationErrorTimeout: 0,
    preReceiveMessageCallback: () => connection.rest(),
    postReceiveMessageCallback: async () => connection.received(),
    handleMessageBatch: async (messages) => {
      for (const message of messages) dispatch(message, queues, listener);
      return messages;
    },
  });
  consumer.on('error', (error, messages) => {
    if (messages === undefined) connection.failed(error);
    else connection.undeleted([messages].flat().length, error.cause ?? error);
  });
  consumer.start();
  await aborted(signal);
  consumer.stop({ abort: true });
  sqs.destroy();
}

function dispatch({ Body = '' }: Message, queues: readonly string[], listener: ChangeListener): void {
  const message = readJobChange(Body, queues);
  if (message.kind === 'changed') listener.changed(message.id);
  else listener.unusable(message.kind, message.detail);
}

/** Reports whether SQS answers and whether it deletes messages, and paces requests while it does not answer. */
class EventConnection {
  readonly #listener: ChangeListener;
  readonly #retry: RetryContext;
  readonly #signal: AbortSignal;
  #failures = 0;
  #isAvailable: boolean | undefined;

  constructor(listener: ChangeListener, retry: RetryContext, signal: AbortSignal) {
    this.#listener = listener;
    this.#retry = retry;
    this.#signal = signal;
  }

  async rest(): Promise<void> {
    if (this.#failures > 0) await this.#retry.clock.sleep(pauseBefore(this.#failures, this.#retry), this.#signal);
  }

  received(): void {
    this.#failures = 0;
    this.#become(true);
  }

  failed(error: Error): void {
    if (this.#signal.aborted) return;
    this.#failures += 1;
    if (this.#failures >= lastingFailures) this.#become(false, error);
  }

  undeleted(messages: number, trouble: unknown): void {
    if (this.#signal.aborted) return;
    this.#listener.undeleted(messages, trouble, troubleOf(trouble) === 'refused');
  }

  #become(isAvailable: boolean, trouble?: unknown): void {
    if (this.#isAvailable === isAvailable) return;
    this.#isAvailable = isAvailable;
    this.#listener.onConnectionChange(isAvailable, trouble);
  }
}
