import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { run } from './program.ts';

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs the command line on an empty store. */
async function twinhull(...words: readonly string[]) {
  const state = mkdtempSync(join(tmpdir(), 'twinhull-program-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  vi.stubEnv('TWINHULL_STATE_DIR', state);
  const [stdout, stderr] = [new Collected(), new Collected()];
  const exitCode = await run(words, {
    cwd: () => state,
    env: process.env,
    stdout,
    stderr,
  } as unknown as NodeJS.Process);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

const escape = '\u001b[';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('FORCE_COLOR', '1');
  return () => vi.unstubAllEnvs();
});

it('colours its output if FORCE_COLOR asks for it', async () => {
  expect((await twinhull('status', 'none')).stderr).toContain(escape);
});

it.each([
  ['before the command', ['--no-color', 'status', 'none']],
  ['after it', ['status', 'none', '--no-color']],
  ['on a command line that is refused', ['init', '--server', 'http://localhost', '--no-color']],
])('prints no colours with --no-color %s, even with FORCE_COLOR', async (_, words) => {
  const { stderr, exitCode } = await twinhull(...words);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toContain(escape);
});

it.each(['bash', 'zsh', 'fish'])('prints the completion script of %s', async (shell) => {
  const { stdout, stderr, exitCode } = await twinhull('completion', shell);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout).toContain(`# ${shell} completion for twinhull.`);
  expect(stdout).toContain('queue-newest');
});
