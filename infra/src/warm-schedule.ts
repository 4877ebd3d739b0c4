import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { invalidProp } from './invalid-prop.ts';
import { type WarmHours, warmChanges } from './warm-hours.ts';

/** When hosts of each platform are kept running without a job, so that a build does not wait for a host to start. */
export interface WarmScheduleProps {
  /** The vCPUs of a window are kept on each platform, and billed like those of running jobs. */
  readonly windows: readonly WarmHours[];
  /**
   * Time zone of the hours, such as `America/New_York`; its changes to daylight saving time apply.
   * @default 'UTC'
   */
  readonly timeZone?: string;
}

export interface WarmScheduleParts {
  /** The hosts of each platform: what a schedule changes, and its limit. */
  readonly hosts: readonly { readonly name: string; readonly arn: string; readonly maxVcpus: number }[];
}

/**
 * Schedules of EventBridge that set the minimum vCPUs of the compute environments. Such an update keeps hosts and jobs
 * (https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html). A deployment sets the
 * minimum to 0 only if it changes the compute environment; the next change of the schedule sets it again.
 */
export class WarmSchedule extends Construct {
  constructor(scope: Construct, id: string, { hosts }: WarmScheduleParts, props: WarmScheduleProps) {
    super(scope, id);
    const { windows, timeZone = 'UTC' } = props;
    if (windows.length === 0) throw invalidProp('hosts.warm.windows', windows, 'name at least one window');
    if (!isTimeZone(timeZone)) throw invalidProp('hosts.warm.timeZone', timeZone, 'name a zone such as Europe/Berlin');
    const role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler: set the minimum vCPUs of the build hosts',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['batch:UpdateComputeEnvironment'], resources: hosts.map(({ arn }) => arn) }),
    );
    for (const { name, arn, maxVcpus } of hosts) {
      for (const [n, { days, hour, vcpus }] of warmChanges(windows, maxVcpus).entries()) {
        const schedule = new CfnSchedule(this, `${name}${n + 1}`, {
          description: `${String(vcpus)} vCPUs of build hosts (${name}) are kept from ${String(hour)}:00 on`,
          scheduleExpression: `cron(0 ${String(hour)} ? * ${days.join(',')} *)`,
          scheduleExpressionTimezone: timeZone,
          flexibleTimeWindow: { mode: 'OFF' },
          target: {
            arn: `arn:${Stack.of(this).partition}:scheduler:::aws-sdk:batch:updateComputeEnvironment`,
            roleArn: role.roleArn,
            input: Stack.of(this).toJsonString({ ComputeEnvironment: arn, ComputeResources: { MinvCpus: vcpus } }),
            // An update that is under way refuses another one.
            retryPolicy: { maximumRetryAttempts: 30, maximumEventAgeInSeconds: 3000 },
          },
        });
        schedule.node.addDependency(role);
      }
    }
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
