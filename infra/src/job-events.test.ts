import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { propertiesOf, standardTemplate, synthesized } from '../test/synthesized.ts';

describe('job events', () => {
  it('go from both queues, and no other, to SQS', () => {
    expect(propertiesOf(standardTemplate(), 'AWS::Events::Rule')).toMatchObject({
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.batch'],
        'detail-type': ['Batch Job State Change'],
        detail: {
          jobQueue: [
            { Ref: expect.stringContaining('PipelineArm64Queue') },
            { Ref: expect.stringContaining('PipelineAmd64Queue') },
          ],
        },
      },
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringContaining('PipelineEventsQueue'), 'Arn'] } }],
    });
  });

  it('are encrypted, retained for an hour, and moved to a dead-letter queue when unreadable', () => {
    expect(propertiesOf(standardTemplate(), 'AWS::SQS::Queue', 'EventsQueue')).toMatchObject({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 3600,
      RedrivePolicy: { maxReceiveCount: 5 },
    });
  });

  it('accept a longer retention', () => {
    const template = synthesized({ events: { retention: Duration.days(2) } });
    expect(propertiesOf(template, 'AWS::SQS::Queue', 'EventsQueue')).toMatchObject({ MessageRetentionPeriod: 172_800 });
  });
});
