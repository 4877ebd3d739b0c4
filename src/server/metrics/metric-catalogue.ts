/**
 * A metric in the Prometheus model: https://prometheus.io/docs/practices/naming/. docs/metrics.md is generated from the
 * catalogue.
 */
export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, for a histogram. */
  readonly buckets?: readonly number[];
}

/** In seconds, from the duration of a call to that of a build. */
const calls = [0.01, 0.05, 0.2, 1, 5, 20];
const passes = [0.01, 0.1, 0.5, 1, 2, 5, 15, 60];
const jobs = [1, 5, 15, 60, 180, 420, 900, 1800, 3600, 7200, 21_600];

/** All metrics, from which docs/metrics.md is generated. Names, labels and units are stable. */
export const metricCatalogue = {
  twinhull_builds: {
    type: 'gauge',
    labels: ['state'],
    help: 'Builds in the store, by state. All replicas report the same value',
  },
  twinhull_events_sequence: {
    ...{ type: 'gauge', labels: [] },
    help: 'Number of the latest event in the store. All replicas report the same value',
  },
  twinhull_builds_ended_total: { type: 'counter', labels: ['state'], help: 'Builds that ended, by outcome' },
  twinhull_build_duration_seconds: {
    ...{ type: 'histogram', labels: ['state'], buckets: jobs },
    help: 'From submit to end, of builds that were never retried',
  },
  twinhull_job_queue_seconds: {
    ...{ type: 'histogram', labels: ['platform'], buckets: jobs },
    help: 'From the intent to submit a job until its container runs',
  },
  twinhull_job_run_seconds: {
    ...{ type: 'histogram', labels: ['platform', 'outcome'], buckets: jobs },
    help: 'From the start of a job’s container to its end; `outcome` is succeeded, failed or stopped',
  },
  twinhull_job_phase_seconds: {
    ...{ type: 'histogram', labels: ['platform', 'phase', 'outcome'], buckets: jobs },
    help: 'Duration of each completed phase of a job; `outcome` is succeeded or failed',
  },
  twinhull_job_failures_total: {
    ...{ type: 'counter', labels: ['platform', 'code', 'retried'] },
    help: 'Attempts that failed, by error code; `retried` is yes if another attempt follows',
  },
  twinhull_backend_calls_total: {
    ...{ type: 'counter', labels: ['backend', 'operation', 'outcome'] },
    help: 'Calls of the job backend; `outcome` is succeeded or the code of the error',
  },
  twinhull_backend_call_duration_seconds: {
    ...{ type: 'histogram', labels: ['backend', 'operation'], buckets: calls },
    help: 'Duration of these calls, including retries and the pauses between them; without logs',
  },
  twinhull_backend_requests_total: {
    ...{ type: 'counter', labels: ['service', 'operation', 'outcome'] },
    help: 'Single requests to AWS; `outcome` is succeeded, throttled, refused, or unknown if no response arrived or its meaning is unclear',
  },
  twinhull_backend_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['service', 'operation'], buckets: calls },
    help: 'Duration of these requests; a long poll for events takes up to 15 s',
  },
  twinhull_lease_held: {
    ...{ type: 'gauge', labels: [] },
    help: '1 on the one replica that drives the builds, 0 on the others',
  },
  twinhull_reconcile_pass_duration_seconds: {
    ...{ type: 'histogram', labels: [], buckets: passes },
    help: 'Duration of a pass over the open builds, without the effects that it started',
  },
  twinhull_reconcile_last_pass_timestamp_seconds: {
    ...{ type: 'gauge', labels: [] },
    help: 'When this replica last completed a pass, in seconds since 1970; 0 if it never did. The maximum over all replicas is when builds were last driven',
  },
  twinhull_reconcile_lag_seconds: {
    ...{ type: 'gauge', labels: [] },
    help: 'Age of the oldest job observation at the end of the latest pass: the longest time that a change can have gone unnoticed. Grows while the backend does not respond; otherwise it stays below the longest poll interval',
  },
  twinhull_reconcile_open_builds: {
    ...{ type: 'gauge', labels: [] },
    help: 'Builds in the latest pass; 0 on replicas that do not drive',
  },
  twinhull_reconcile_looked_builds_total: {
    ...{ type: 'counter', labels: [] },
    help: 'Builds whose jobs were polled, over all passes',
  },
  twinhull_event_queue_hearing: {
    ...{ type: 'gauge', labels: [] },
    help: '1 while this replica receives from the queue of job events, 0 while the queue is unavailable or another replica drives',
  },
  twinhull_event_queue_messages_total: {
    ...{ type: 'counter', labels: ['kind'] },
    help: 'Job events received from the backend; `kind` is changed, foreign (another system’s job) or malformed',
  },
  twinhull_event_queue_undeleted_total: {
    ...{ type: 'counter', labels: [] },
    help: 'Messages of the queue of job events that could not be deleted: each is received again, and may end in the dead-letter queue',
  },
  twinhull_store_errors_total: {
    ...{ type: 'counter', labels: ['operation', 'code'] },
    help: 'Calls of the build store that failed because it was unavailable',
  },
  twinhull_store_queries_total: {
    ...{ type: 'counter', labels: [] },
    help: 'Statements that this replica ran in the database of the store, also for tokens and sessions',
  },
  twinhull_http_request_seconds: {
    ...{ type: 'histogram', labels: ['method', 'route', 'status'], buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60] },
    help: 'Time to the end of a response; for streams, until the client disconnects',
  },
} as const satisfies Record<string, MetricEntry>;

type Catalogue = typeof metricCatalogue;

/** A name of the catalogue. */
export type MetricName = keyof Catalogue;

/** The metrics of one type, so that a counter cannot be set like a gauge. */
export type MetricOf<Type extends MetricEntry['type']> = {
  [Name in MetricName]: Catalogue[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** A value for each label of the metric: a missing or unknown label does not compile. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Catalogue[Name]['labels'][number], string>>;
