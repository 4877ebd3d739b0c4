import { describe, expect, it } from 'vitest';
import { failedCommand } from './failed-command.ts';

describe('failedCommand', () => {
  it.each([
    ['BuildKit of docker 20.10', 'executor failed running [/bin/sh -c make test]: exit code: 2'],
    ['BuildKit of docker 20.10, in its step', '#5 ERROR: executor failed running [/bin/sh -c make test]: exit code: 2'],
    [
      'buildx 0.12',
      'ERROR: failed to solve: process "/bin/sh -c make test" did not complete successfully: exit code: 2',
    ],
    ['the classic builder', "The command '/bin/sh -c make test' returned a non-zero code: 2"],
  ])('finds the command in the output of %s', (_, line) => {
    expect(failedCommand(['#5 0.194 cc -o cell', line, '------'])).toEqual({ command: 'make test', exitCode: 2 });
  });

  it('restores the quotes that modern BuildKit escapes', () => {
    const line = 'process "/bin/sh -c test \\"$(uname -m)\\" = x" did not complete successfully: exit code: 1';
    expect(failedCommand([line])).toEqual({ command: 'test "$(uname -m)" = x', exitCode: 1 });
  });

  it('finds commands without a shell, and with brackets and quotes', () => {
    expect(failedCommand(['executor failed running [/usr/bin/[ a = "b" ]]: exit code: 1'])).toEqual({
      command: '/usr/bin/[ a = "b" ]',
      exitCode: 1,
    });
  });

  it('returns the last one, since a script may continue after an earlier one', () => {
    const lines = ['executor failed running [first]: exit code: 1', 'executor failed running [second]: exit code: 3'];
    expect(failedCommand(lines)).toEqual({ command: 'second', exitCode: 3 });
  });

  it('truncates a very long command', () => {
    const command = failedCommand([`executor failed running [${'x'.repeat(5000)}]: exit code: 1`])?.command;
    expect(command).toHaveLength(161);
  });

  it.each([
    '#5 0.194 process "make test" did not complete successfully: exit code: 2',
    '0.194 executor failed running [make test]: exit code: 2',
    'test_process: process "make test" did not complete successfully: exit code: 2',
  ])('ignores the output of other programs: %s', (line) => {
    expect(failedCommand([line])).toBeUndefined();
  });

  it('returns undefined if no command failed', () => {
    expect(failedCommand(['#3 ERROR: failed to compute cache key: "/app" not found: not found'])).toBeUndefined();
    expect(failedCommand([])).toBeUndefined();
  });
});
