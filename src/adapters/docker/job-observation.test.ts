import { describe, expect, it } from 'vitest';
import type { ContainerState } from './engine-types.ts';
import { observeContainer, parseEngineTime } from './job-observation.ts';

const Id = 'abcdef012345'.padEnd(64, '0');
const handle = { id: 'x', name: 'job', createdAt: 1 };
const running: ContainerState = {
  Status: 'running',
  ExitCode: 0,
  OOMKilled: false,
  Error: '',
  StartedAt: '2026-01-02T03:04:05.123456789Z',
  FinishedAt: '0001-01-01T00:00:00Z',
};
const exited = (ExitCode: number, more: Partial<ContainerState> = {}): ContainerState => ({
  ...running,
  Status: 'exited',
  FinishedAt: '2026-01-02T03:05:05.5Z',
  ExitCode,
  ...more,
});
const observe = (State: ContainerState, stopReason?: string) =>
  observeContainer(handle, { Id, Created: '', State }, stopReason);

describe('observeContainer', () => {
  it('is queued until it starts', () => {
    const state = { ...running, Status: 'created', StartedAt: '0001-01-01T00:00:00Z' };
    expect(observe(state)).toEqual({ ...handle, state: 'queued', jobKey: undefined });
  });

  it.each(['running', 'paused', 'restarting'])('runs while %s', (Status) => {
    expect(observe({ ...running, Status })).toEqual({
      ...handle,
      state: 'running',
      jobKey: 'abcdef012345',
      startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 123),
    });
  });

  it('succeeds with exit code 0, even if it was asked to stop', () => {
    expect(observe(exited(0), 'cancelled')).toEqual({
      ...handle,
      state: 'succeeded',
      jobKey: 'abcdef012345',
      startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 123),
      finishedAt: Date.UTC(2026, 0, 2, 3, 5, 5, 500),
      exitCode: 0,
    });
  });

  it('leaves the reason of a failed phase to the builder', () => {
    for (const stopReason of [undefined, 'cancelled']) {
      const observation = observe(exited(47), stopReason);
      expect(observation).toMatchObject({ state: 'failed', exitCode: 47 });
      expect(observation).not.toHaveProperty('reason');
      expect(observation).not.toHaveProperty('infrastructureFailure');
    }
  });

  it.each([
    [exited(39), /received its files/],
    [exited(137), /SIGKILL/],
    [exited(143), /SIGTERM/],
    [exited(255), /host stopped/],
    [exited(128, { Error: 'device lost' }), /device lost/],
  ])('blames the infrastructure for external causes', (state, reason) => {
    expect(observe(state)).toMatchObject({
      state: 'failed',
      infrastructureFailure: true,
      reason: expect.stringMatching(reason),
    });
  });

  it.each([137, 143])('does not blame the infrastructure for exit code %i of a job that we stopped', (code) => {
    const observation = observe(exited(code), 'the sibling failed');
    expect(observation).toMatchObject({ state: 'failed', reason: 'stopped: the sibling failed' });
    expect(observation).not.toHaveProperty('infrastructureFailure');
  });

  it.each([
    [exited(137, { OOMKilled: true }), /out of memory/],
    [exited(139), /SIGSEGV/],
    [exited(127), /could not run the builder script/],
  ])('blames the job for other causes', (state, reason) => {
    const observation = observe(state);
    expect(observation.reason).toMatch(reason);
    expect(observation).not.toHaveProperty('infrastructureFailure');
  });
});

it('interprets year 1 as never', () => {
  expect(parseEngineTime('0001-01-01T00:00:00Z')).toBeUndefined();
  expect(parseEngineTime('')).toBeUndefined();
  expect(parseEngineTime('2026-01-02T03:04:05+01:00')).toBe(Date.UTC(2026, 0, 2, 2, 4, 5));
});
