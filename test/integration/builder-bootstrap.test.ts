import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrapCommand } from '../../src/builder/bootstrap.ts';
import { scriptDigest } from '../../src/builder/script.ts';

const script = 'echo "ran as $$ with $# arguments"\n';

describe.each([['dash'], ['busybox', 'sh']])('the bootstrap command under %s', (...shell) => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'twinhull-bootstrap-'));
    await writeFile(path.join(folder, 'builder.sh'), script);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Runs it with the given shell text as `aws`. */
  async function start(aws: string, sha256 = scriptDigest(script)) {
    const program = path.join(folder, 'aws');
    await writeFile(program, `#!/bin/sh\n${aws}\n`);
    await chmod(program, 0o755);
    const place = { s3Url: 's3://scripts/key with space.sh', region: 'us-gov-west-1' };
    const [, ...words] = bootstrapCommand({ place, sha256, contract: 1 });
    const [executable = '', ...before] = shell;
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, FOLDER: folder };
    return execa(executable, [...before, ...words], { env, extendEnv: false, reject: false, all: true });
  }

  const copies = 'for last; do :; done; cp "$FOLDER/builder.sh" "$last"; echo "$*" >"$FOLDER/asked"';

  it('fetches the script, verifies it and executes it', async () => {
    const run = start(copies);
    const { exitCode, all } = await run;
    expect(all).toMatch(/^ran as \d+ with 0 arguments$/);
    expect(exitCode).toBe(0);
    const { stdout } = await execa('cat', [path.join(folder, 'asked')]);
    expect(stdout).toBe(
      's3 cp --only-show-errors --region us-gov-west-1 s3://scripts/key with space.sh /tmp/twinhull-builder.sh',
    );
  });

  it('refuses a script with another digest', async () => {
    const { exitCode, all } = await start(copies, scriptDigest('another'));
    expect(exitCode).toBe(40);
    expect(all).toContain('is not the builder script');
    expect(all).not.toContain('ran as');
  });

  it('ends with its own exit code where the script cannot be fetched', async () => {
    const { exitCode, all } = await start('echo "fatal error: 403" >&2; exit 1');
    expect(exitCode).toBe(39);
    expect(all).toContain('fatal error: 403');
    expect(all).toContain('cannot fetch the builder script s3://scripts/key with space.sh');
  });

  it('ends at once on TERM during the fetch', async () => {
    const { exitCode } = await start('kill -TERM "$(ps -o ppid= -p "$PPID" | tr -d " ")"; exec sleep 2');
    expect(exitCode).toBe(143);
  });

  it('verifies a script of the builder image as well', async () => {
    const at = path.join(folder, 'builder.sh');
    const [program = '', ...before] = shell;
    for (const [text, code] of [
      [script, 0],
      ['another', 40],
    ] as const) {
      const [, ...words] = bootstrapCommand({ place: { path: at }, sha256: scriptDigest(text), contract: 1 });
      expect(await execa(program, [...before, ...words], { reject: false })).toMatchObject({ exitCode: code });
    }
  });
});
