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
  ])('finds it in what %s says', (_, line) => {
    expect(failedCommand(['#5 0.194 cc -o cell', line, '------'])).toEqual({ command: 'make test', exitCode: 2 });
  });

  it('knows commands without a shell, and with brackets and quotes', () => {
    expect(failedCommand(['executor failed running [/usr/bin/[ a = "b" ]]: exit code: 1'])).toEqual({
      command: '/usr/bin/[ a = "b" ]',
      exitCode: 1,
    });
  });

  it('takes the last one, for a script may have gone on after an earlier one', () => {
    const lines = ['executor failed running [first]: exit code: 1', 'executor failed running [second]: exit code: 3'];
    expect(failedCommand(lines)).toEqual({ command: 'second', exitCode: 3 });
  });

  it('shortens what nobody would read', () => {
    const command = failedCommand([`executor failed running [${'x'.repeat(5000)}]: exit code: 1`])?.command;
    expect(command).toHaveLength(161);
  });

  it('finds nothing where no command failed', () => {
    expect(failedCommand(['#3 ERROR: failed to compute cache key: "/app" not found: not found'])).toBeUndefined();
    expect(failedCommand([])).toBeUndefined();
  });
});
