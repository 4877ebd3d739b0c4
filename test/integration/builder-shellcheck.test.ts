import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { builderScript } from '../../src/builder/script.ts';

const script = await builderScript();
/** The programs that it writes into the container: text of its here-documents. */
const programs = [...script.matchAll(/<<'END'\n(.*?)^END$/gms)].map(([, text = '']) => text);

describe('builder.sh', () => {
  it('passes ShellCheck, with a reason for each exception', async () => {
    const { all } = await execa('shellcheck', ['--severity=style', '-'], { input: script, all: true, reject: false });
    expect(all).toBe('');
    const exceptions = script.match(/^ *# shellcheck disable=.*$/gm) ?? [];
    expect(exceptions.filter((line) => !/ # \w+/.test(line.trim().slice(2)))).toEqual([]);
  });

  it('writes programs that pass, too', async () => {
    const scripts = programs.filter((text) => text.startsWith('#!/bin/sh\n'));
    expect(scripts).toHaveLength(4);
    for (const program of scripts) {
      const { all } = await execa('shellcheck', ['--severity=style', '-'], {
        input: program,
        all: true,
        reject: false,
      });
      expect(all).toBe('');
    }
  });

  it.each(['dash', 'busybox'])('is parsed by %s', async (shell) => {
    const args = shell === 'busybox' ? ['ash', '-n'] : ['-n'];
    const { exitCode } = await execa(shell, args, { input: script });
    expect(exitCode).toBe(0);
  });
});
