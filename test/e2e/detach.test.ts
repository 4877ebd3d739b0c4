import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { GatedBuild } from '../helpers/e2e-gated-build.ts';
import { itWithBuild } from '../helpers/e2e-gated-test.ts';
import { expectPublished } from '../helpers/expect-published.ts';
import { pollUntil } from '../helpers/poll-until.ts';

const eachOnce = ['linux/amd64 1', 'linux/arm64 1'];

describe('build --detach', () => {
  itWithBuild('returns at once with the id, and the background process ends with the build', async ({ build }) => {
    const { exitCode, stdout, stderr } = await build.run(build.words('--detach'));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[0-9a-z]{12}\n$/);
    // The command has ended, yet the jobs are still running.
    expect(await build.pausedAtGate()).toMatchObject({ id: stdout.trim(), state: 'building' });
    expect(await build.processes()).toHaveLength(1);
    await expectPublishedInTheEnd(build, stdout.trim());
  });

  itWithBuild('continues when its terminal is closed', async ({ build }) => {
    // A pseudo-terminal that closes when `script` ends: the kernel then hangs up on all processes in it.
    const terminal = execa('script', ['--quiet', '--return', '--flush', '--command', inShell(build), '/dev/null'], {
      ...sessionOptions(build),
      stdin: 'pipe',
    });
    const id = await firstId(terminal.stdout);
    terminal.kill('SIGKILL');
    await terminal;
    await pollUntil('everything in the terminal to end', async () => (await build.processes()).length <= 1);
    await expectPublishedInTheEnd(build, id);
  });

  itWithBuild.for(['SIGHUP', 'SIGKILL'] as const)('continues when its session gets %s', async (signal, { build }) => {
    const session = execa('sh', ['-c', inShell(build)], { ...sessionOptions(build), detached: true });
    const id = await firstId(session.stdout);
    process.kill(-Number(session.pid), signal);
    await session;
    await expectPublishedInTheEnd(build, id);
  });

  itWithBuild('resolves the relative paths of settings in the background process', async ({ build }) => {
    const { stateFolder, folder, lab } = build.bed;
    await copyFile(lab.git.tokenFile, join(folder, 'token'));
    const env = { TWINHULL_STATE_DIR: basename(stateFolder), TWINHULL_GIT_TOKEN_FILE: 'token' };
    const { stdout } = await build.run(build.words('--detach'), { env });
    await build.pausedAtGate();
    await expectPublishedInTheEnd(build, stdout.trim());
  });
});

async function expectPublishedInTheEnd(build: GatedBuild, id: string): Promise<void> {
  await build.pausedAtGate();
  const waiting = build.run(['wait', id, '--json']);
  build.letGo();
  const { exitCode, stdout, stderr } = await waiting;
  expect(exitCode, stderr).toBe(0);
  await pollUntil('the background to end by itself', async () => (await build.processes()).length === 0);
  const ended = JSON.parse(stdout) as BuildJson;
  expect(ended.id).toBe(id);
  await expectPublished(build.bed, ended);
  expect(build.builders.starts(id)).toEqual(eachOnce);
}

/** A shell that stays open after the command, as a user's does. The words are passed in its environment. */
function inShell(build: GatedBuild): string {
  const count = build.words('--detach').length;
  const words = Array.from({ length: count }, (_, index) => `"$WORD_${index}"`);
  return `"$NODE" "$PROGRAM" ${words.join(' ')}; sleep 300`;
}

function sessionOptions(build: GatedBuild) {
  const words = build.words('--detach').map((word, index) => [`WORD_${index}`, word] as const);
  const env = {
    ...build.environment(),
    NODE: process.execPath,
    PROGRAM: build.bed.program,
    SHELL: '/bin/sh',
    ...Object.fromEntries(words),
  };
  return { env, extendEnv: false, cwd: build.bed.folder, reject: false, timeout: 600_000 } as const;
}

async function firstId(stdout: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stdout) {
    text += String(chunk);
    const id = /^([0-9a-z]{12})\r?$/m.exec(text)?.[1];
    if (id !== undefined) return id;
  }
  throw new Error(`there was no id in: ${text}`);
}
