import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DescribeJobDefinitions$,
  DescribeJobQueues$,
  DescribeJobs$,
  ListJobs$,
  SubmitJob$,
  TerminateJob$,
} from '@aws-sdk/client-batch';
import { GetLogEvents$ } from '@aws-sdk/client-cloudwatch-logs';
import { ZodError } from 'zod';
import { answerFaults, type OperationSchema, requestFaults } from '../aws-model/call-faults.ts';
import { ApiError } from './api-error.ts';
import { BatchApi } from './batch-api.ts';
import { type Fault, isDone, type Operation } from './faults.ts';
import { Meter } from './meter.ts';
import type { StandInOptions } from './stand-in-options.ts';

/** Batch uses one path per operation, CloudWatch Logs uses `/` with the operation in a header. */
const paths: Readonly<Record<string, Operation>> = {
  '/v1/submitjob': 'SubmitJob',
  '/v1/describejobs': 'DescribeJobs',
  '/v1/listjobs': 'ListJobs',
  '/v1/terminatejob': 'TerminateJob',
  '/v1/describejobqueues': 'DescribeJobQueues',
  '/v1/describejobdefinitions': 'DescribeJobDefinitions',
};

/** AWS's own model of each operation, with which requests and answers are compared. */
const models: Readonly<Record<Operation, OperationSchema>> = {
  SubmitJob: SubmitJob$,
  DescribeJobs: DescribeJobs$,
  ListJobs: ListJobs$,
  TerminateJob: TerminateJob$,
  DescribeJobQueues: DescribeJobQueues$,
  DescribeJobDefinitions: DescribeJobDefinitions$,
  GetLogEvents: GetLogEvents$,
};

export const banner =
  'This is a stand-in for AWS Batch and CloudWatch Logs, made for tests: it holds their documented limits, and runs no containers.';

export interface StandInStatus {
  readonly standIn: string;
  /** The number of accepted jobs, and of distinct names among them. */
  readonly accepted: number;
  readonly names: number;
  readonly throttled: number;
  /** Milliseconds since the Unix epoch. */
  readonly firstAcceptedAt: number | null;
  readonly lastAcceptedAt: number | null;
}

/** A stand-in for AWS Batch and GetLogEvents on a loopback port. See README.md. */
export class BatchStandIn {
  readonly api: BatchApi;
  /** How often each operation was called, including failures. */
  readonly calls = new Map<Operation, number>();
  /** Throttled SubmitJob calls. */
  throttled = 0;
  readonly #options: StandInOptions;
  readonly #meter: Meter;
  readonly #server: Server;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.api = new BatchApi(options);
    this.#meter = new Meter(options.clock, options.submitsPerSecond ?? 50);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    // Clients keep connections alive; the stand-in closes them when it ends.
    this.#server.keepAliveTimeout = 60_000;
  }

  /** @param port 0 for any free port */
  static async start(options: StandInOptions, port = 0): Promise<BatchStandIn> {
    const standIn = new BatchStandIn(options);
    await new Promise<void>((resolve, reject) => {
      standIn.#server.once('error', reject);
      standIn.#server.listen(port, '127.0.0.1', resolve);
    });
    return standIn;
  }

  /** For `AWS_ENDPOINT_URL`. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Counters, also served at `GET /`. */
  status(): StandInStatus {
    const { jobs } = this.api;
    return {
      standIn: banner,
      accepted: jobs.length,
      names: new Set(jobs.map(({ job }) => job.jobName)).size,
      throttled: this.throttled,
      firstAcceptedAt: jobs[0]?.createdAt ?? null,
      lastAcceptedAt: jobs.at(-1)?.createdAt ?? null,
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.method === 'GET') return answer(response, 200, this.status());
    const operation = operationOf(request);
    if (operation === undefined) return answer(response, 404, { message: banner }, 'UnknownOperationException');
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    const fault = this.#options.faults?.(operation);
    try {
      const result = isDone(fault) ? this.#perform(operation, body) : undefined;
      const { answerMilliseconds, clock } = this.#options;
      if (answerMilliseconds !== undefined) await clock.sleep(answerMilliseconds);
      meet(fault, response, result);
    } catch (error) {
      const { status, code, message } = asApiError(error);
      answer(response, status, { message, __type: code }, code);
    }
  }

  #perform(operation: Operation, bytes: Buffer): unknown {
    if (operation === 'SubmitJob' && !this.#meter.take()) {
      this.throttled += 1;
      throw new ApiError(429, 'TooManyRequestsException', 'Too Many Requests');
    }
    const body: unknown = JSON.parse(bytes.toString('utf8') || '{}');
    const [fault] = requestFaults(models[operation], body);
    if (fault !== undefined) throw new ApiError(400, 'ClientException', `not as AWS models it: ${fault}`);
    const result = this.#answerTo(operation, body);
    const [own] = answerFaults(models[operation], result);
    if (own !== undefined) throw new ApiError(500, 'ServerException', `the stand-in differs from AWS: ${own}`);
    return result;
  }

  #answerTo(operation: Operation, body: unknown): unknown {
    switch (operation) {
      case 'SubmitJob':
        return this.api.submitJob(body);
      case 'DescribeJobs':
        return this.api.describeJobs(body);
      case 'ListJobs':
        return this.api.listJobs(body);
      case 'TerminateJob':
        return this.api.terminateJob(body);
      case 'DescribeJobQueues':
        return this.api.describeJobQueues(body);
      case 'DescribeJobDefinitions':
        return this.api.describeJobDefinitions(body);
      case 'GetLogEvents':
        return this.api.logs.getLogEvents(body);
    }
  }
}

function operationOf(request: IncomingMessage): Operation | undefined {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return target === 'Logs_20140328.GetLogEvents' ? 'GetLogEvents' : undefined;
  return paths[request.url ?? ''];
}

function meet(fault: Fault | undefined, response: ServerResponse, result: unknown): void {
  switch (fault) {
    case 'lost-before':
    case 'lost-after':
      response.socket?.destroy();
      return;
    case 'error-before':
    case 'error-after':
      return answer(response, 500, { message: 'Internal server error' }, 'ServerException');
    case 'throttled':
      return answer(response, 429, { message: 'Too Many Requests' }, 'TooManyRequestsException');
    case 'silence':
      return;
    case undefined:
      return answer(response, 200, result);
  }
}

function answer(response: ServerResponse, status: number, body: unknown, code?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(code !== undefined && { 'x-amzn-errortype': code }),
  });
  response.end(JSON.stringify(body));
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const isInvalid = error instanceof ZodError || error instanceof SyntaxError;
  return isInvalid
    ? new ApiError(400, 'ClientException', `not a request that this stand-in understands: ${error.message}`)
    : new ApiError(500, 'ServerException', String(error));
}
