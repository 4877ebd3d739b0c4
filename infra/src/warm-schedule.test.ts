import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, stackWith, standardTemplate, synthesized } from '../test/synthesized.ts';
import type { WarmHours } from './warm-hours.ts';

interface Schedule {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly FlexibleTimeWindow: unknown;
  readonly Target: {
    readonly Arn: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
    readonly Input: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  };
}

interface Input {
  readonly ComputeEnvironment: string;
  readonly ComputeResources: { readonly MinvCpus: number };
}

function schedulesOf(template: Template, part: string): readonly Schedule[] {
  return Object.entries(template.findResources('AWS::Scheduler::Schedule'))
    .filter(([id]) => id.includes(part))
    .map(([, { Properties }]) => Properties as Schedule);
}

/** The target's input, with `<ID>` for a reference. */
function inputOf({ Target }: Schedule): Input {
  const [, parts] = Target.Input['Fn::Join'];
  const text = parts.map((part) => (typeof part === 'string' ? part : `<${(part as { Ref: string }).Ref}>`)).join('');
  return JSON.parse(text) as Input;
}

const warm = (...windows: readonly WarmHours[]) => synthesized({ hosts: { warm: { windows } } });
const changes = (template: Template, part = 'WarmArm64') =>
  schedulesOf(template, part).map((schedule) => [
    schedule.ScheduleExpression,
    inputOf(schedule).ComputeResources.MinvCpus,
  ]);

describe('a warm schedule', () => {
  it('is not in a stack that does not ask for one', () => {
    expect(standardTemplate().findResources('AWS::Scheduler::Schedule')).toEqual({});
    expect(allowed(standardTemplate(), 'Warm').size).toBe(0);
  });

  it('keeps hosts at all hours where a window has all of them', () => {
    const days = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
    expect(changes(warm({ days, from: 0, to: 24, vcpus: 4 }))).toEqual([
      ['cron(0 0 ? * MON,TUE,WED,THU,FRI,SAT,SUN *)', 4],
    ]);
  });

  it('keeps hosts of both platforms in the hours of a window, on working days unless it names others', () => {
    const template = synthesized({
      hosts: { warm: { windows: [{ from: 8, to: 18, vcpus: 4 }], timeZone: 'America/New_York' } },
    });
    for (const platform of ['WarmArm64', 'WarmAmd64'])
      expect(changes(template, platform)).toEqual([
        ['cron(0 8 ? * MON,TUE,WED,THU,FRI *)', 4],
        ['cron(0 18 ? * MON,TUE,WED,THU,FRI *)', 0],
      ]);
    expect(schedulesOf(template, 'Warm')).toEqual(
      Array.from({ length: 4 }, (): unknown =>
        expect.objectContaining({
          ScheduleExpressionTimezone: 'America/New_York',
          FlexibleTimeWindow: { Mode: 'OFF' },
        }),
      ),
    );
  });

  it('calls an operation of Batch on the hosts of its platform', () => {
    const template = warm({ from: 8, to: 18, vcpus: 4 });
    const [schedule] = schedulesOf(template, 'WarmArm64');
    const operation = schedule?.Target.Arn['Fn::Join'][1].at(-1);
    expect(operation).toBe(':scheduler:::aws-sdk:batch:updateComputeEnvironment');
    const input = schedule && inputOf(schedule);
    expect(input).toEqual({
      ComputeEnvironment: expect.stringMatching(/^<PipelineArm64Hosts\w+>$/) as string,
      ComputeResources: { MinvCpus: 4 },
    });
  });

  it('lets its role change these hosts, and nothing else', () => {
    const template = warm({ from: 8, to: 18, vcpus: 4 });
    expect([...allowed(template, 'WarmRole')]).toEqual([
      [
        'batch:UpdateComputeEnvironment',
        [expect.stringContaining('PipelineArm64Hosts'), expect.stringContaining('PipelineAmd64Hosts')],
      ],
    ]);
    const role = propertiesOf(template, 'AWS::IAM::Role', 'WarmRole');
    expect(JSON.stringify(role['AssumeRolePolicyDocument'])).toContain('scheduler.amazonaws.com');
  });

  it('has one change where windows meet or overlap, and the larger number counts', () => {
    const template = warm(
      { from: 8, to: 12, vcpus: 4 },
      { from: 12, to: 18, vcpus: 8 },
      { days: ['MON'], from: 6, to: 9, vcpus: 4 },
    );
    expect(changes(template)).toEqual([
      ['cron(0 6 ? * MON *)', 4],
      ['cron(0 12 ? * MON,TUE,WED,THU,FRI *)', 8],
      ['cron(0 18 ? * MON,TUE,WED,THU,FRI *)', 0],
      ['cron(0 8 ? * TUE,WED,THU,FRI *)', 4],
    ]);
  });

  it('ends at midnight on the next day, and not at all where the next day goes on', () => {
    expect(changes(warm({ days: ['FRI', 'SAT'], from: 20, to: 24, vcpus: 4 }))).toEqual([
      ['cron(0 20 ? * FRI,SAT *)', 4],
      ['cron(0 0 ? * SAT,SUN *)', 0],
    ]);
    expect(
      changes(warm({ days: ['SUN'], from: 20, to: 24, vcpus: 4 }, { days: ['MON'], from: 0, to: 6, vcpus: 4 })),
    ).toEqual([
      ['cron(0 6 ? * MON *)', 0],
      ['cron(0 20 ? * SUN *)', 4],
    ]);
  });

  it.each<[string, readonly WarmHours[], string | undefined, string]>([
    ['no window', [], undefined, 'hosts.warm.windows is []'],
    ['hours that end before they begin', [{ from: 8, to: 8, vcpus: 4 }], undefined, 'hosts.warm.windows[0].to is 8'],
    ['more than the hosts may have', [{ from: 8, to: 9, vcpus: 20 }], undefined, 'hosts.warm.windows[0].vcpus is 20'],
    ['no day', [{ days: [], from: 8, to: 9, vcpus: 4 }], undefined, 'hosts.warm.windows[0].days is []'],
    ['an unknown zone', [{ from: 8, to: 9, vcpus: 4 }], 'Mars/Base', 'hosts.warm.timeZone is "Mars/Base"'],
  ])('refuses %s', (_, windows, timeZone, reason) => {
    expect(() => stackWith({ hosts: { warm: { windows, ...(timeZone && { timeZone }) } } })).toThrow(reason);
  });
});
