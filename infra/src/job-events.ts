import { Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface JobEventsProps {
  /**
   * How long an unread event is kept, a minute to 14 days. Events only make the orchestrator poll a job; changes that
   * it missed while it was not running are found by polling all jobs.
   * @default Duration.hours(1)
   */
  readonly retention?: Duration;
}

/** An SQS queue that receives every state change of jobs in the given Batch queues. The orchestrator reads it. */
export class JobEvents extends Construct {
  readonly queue: Queue;
  /** Events that EventBridge could not deliver, or that were read five times without being deleted. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, jobQueueArns: readonly string[], props: JobEventsProps = {}) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: props.retention ?? Duration.hours(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    new Rule(this, 'Rule', {
      description: `Changes of build jobs of ${Stack.of(this).stackName}`,
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job State Change'],
        detail: { jobQueue: [...jobQueueArns] },
      },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetters })],
    });
  }
}
