import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { aborted, type Clock } from '../../ports/clock.ts';
import type { ChangeListener } from '../../ports/job-backend.ts';
import { clientOptions } from '../aws/client-options.ts';
import { tellRequests } from '../aws/tell-requests.ts';
import { type Patience, pauseBefore } from './backoff.ts';
import type { ConnectOptions } from './batch-clients.ts';
import { troubleOf } from './batch-errors.ts';
import { readJobChange } from './read-job-change.ts';

/** @see ConnectOptions for where SQS is and who asks it */
export interface EventQueueOptions extends ConnectOptions {
  /** URL of the SQS queue that EventBridge sends "Batch Job State Change" to. */
  readonly url: string;
}

export interface JobEventsOptions {
  readonly region: string;
  readonly eventQueue: EventQueueOptions;
  /** Batch job queues whose jobs are ours: names or ARNs. */
  readonly queues: readonly string[];
  readonly clock: Clock;
}

/** How long SQS keeps an empty answer back, in seconds: below the 20 s after which a connection counts as broken. */
const longPoll = 15;

/** The most that SQS hands out at once. */
const batchSize = 10;

/** One failure may be a connection that was idle for too long: after so many in a row, nothing is heard any more. */
const lastingFailures = 3;

/**
 * Consumes the queue of job events until `signal` aborts. Each message is deleted, whatever it holds: all it can do is
 * to have a job looked at. One that could not be deleted comes again, which is told and does no harm. While SQS does not answer it is
 * asked again, at growing distances.
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
    // Where all other requests go, too: a FIPS endpoint or an emulator, not the host that the URL names.
    ...{ ...clientOptions({ region }, 1), ...connect, useQueueUrlAsEndpoint: false },
  });
  if (onRequest !== undefined) tellRequests(sqs, { service: 'sqs', outcomeOf: troubleOf, tell: onRequest });
  const hearing = new Hearing(listener, { clock }, signal);
  const consumer = Consumer.create({
    ...{ sqs, queueUrl, batchSize, waitTimeSeconds: longPoll, strictReturn: true },
    // Ours alone decides how long to wait after a failure.
    authenticationErrorTimeout: 0,
    preReceiveMessageCallback: () => hearing.rest(),
    postReceiveMessageCallback: async () => hearing.received(),
    handleMessageBatch: async (messages) => {
      for (const message of messages) tell(message, queues, listener);
      return messages;
    },
  });
  consumer.on('error', (error, messages) => {
    if (messages === undefined) hearing.failed(error);
    else hearing.undeleted([messages].flat().length, error.cause ?? error);
  });
  consumer.start();
  await aborted(signal);
  consumer.stop({ abort: true });
  sqs.destroy();
}

function tell({ Body = '' }: Message, queues: readonly string[], listener: ChangeListener): void {
  const news = readJobChange(Body, queues);
  if (news.kind === 'changed') listener.changed(news.id);
  else listener.unusable(news.kind, news.detail);
}

/** Tells when SQS begins to answer, when it ceases to and when it keeps messages, and makes it be asked less often meanwhile. */
class Hearing {
  readonly #listener: ChangeListener;
  readonly #patience: Patience;
  readonly #signal: AbortSignal;
  #failures = 0;
  #hears: boolean | undefined;

  constructor(listener: ChangeListener, patience: Patience, signal: AbortSignal) {
    this.#listener = listener;
    this.#patience = patience;
    this.#signal = signal;
  }

  async rest(): Promise<void> {
    if (this.#failures > 0) await this.#patience.clock.sleep(pauseBefore(this.#failures, this.#patience), this.#signal);
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

  #become(hears: boolean, trouble?: unknown): void {
    if (this.#hears === hears) return;
    this.#hears = hears;
    this.#listener.hearing(hears, trouble);
  }
}
