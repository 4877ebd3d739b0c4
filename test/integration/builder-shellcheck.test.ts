import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { builderScript, withoutComments } from '../../src/builder/script.ts';

const script = await builderScript();
/** The programs that it writes into the container: text of its here-documents. */
const programs = [...script.matchAll(/<<'END'\n(.*?)^END$/gms)].map(([, text = '']) => text);

describe('builder.sh', () => {
  it('is clean by ShellCheck, with a reason for each exception', async () => {
    const { all } = await execa('shellcheck', ['--severity=style', '-'], { input: script, all: true, reject: false });
    expect(all).toBe('');
    const exceptions = script.match(/^ *# shellcheck disable=.*$/gm) ?? [];
    expect(exceptions.filter((line) => !/ # \w+/.test(line.trim().slice(2)))).toEqual([]);
  });

  it('writes programs that are clean, too', async () => {
    expect(programs).toHaveLength(3);
    for (const program of programs) {
      const { all } = await execa('shellcheck', ['--severity=style', '-'], {
        input: program,
        all: true,
        reject: false,
      });
      expect(all).toBe('');
    }
  });

  it.each(['dash', 'busybox'])('can be read by %s, with and without its comments', async (shell) => {
    const args = shell === 'busybox' ? ['ash', '-n'] : ['-n'];
    for (const text of [script, withoutComments(script)]) await execa(shell, args, { input: text });
  });
});
