import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { root } from './tracked-files.ts';

/** What a command printed, to either stream, and its exit code. */
export interface Ran {
  readonly all: string;
  readonly exitCode: number | undefined;
}

/** The folder of a new user: a clone with a Dockerfile and one commit, which is the home folder as well. */
export class CommandFolder {
  readonly path: string;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Apart, so that the folder has nothing that a new user's has not. */
  readonly #programs: string;

  private constructor(programs: string, environment: Readonly<Record<string, string>>) {
    this.path = mkdtempSync(path.join(tmpdir(), 'twinhull-docs-'));
    this.stateFolder = path.join(this.path, 'state');
    this.#programs = programs;
    this.environment = {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      HOME: this.path,
      TWINHULL_STATE_DIR: this.stateFolder,
      ...environment,
    };
  }

  /** Makes the folder, and the program as the package has it, which starts much faster than the sources. */
  static async open(environment: Readonly<Record<string, string>> = {}): Promise<CommandFolder> {
    const modules = path.join(root, 'node_modules/.cache');
    mkdirSync(modules, { recursive: true });
    const programs = mkdtempSync(path.join(modules, 'twinhull-docs-'));
    const dist = path.join(programs, 'dist');
    const module = JSON.stringify(import.meta.resolve('./build/bundle.mjs'));
    const text = `import { bundle } from ${module}; await bundle(${JSON.stringify(root)}, ${JSON.stringify(dist)});`;
    await execa(process.execPath, ['--input-type=module', '--eval', text]);
    cpSync(path.join(root, 'package.json'), path.join(programs, 'package.json'));
    cpSync(path.join(root, 'src/builder/script'), path.join(dist, 'builder/script'), { recursive: true });
    const program = path.join(programs, 'twinhull');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${path.join(dist, 'cli/main.js')}' "$@"\n`);
    chmodSync(program, 0o755);
    return new CommandFolder(programs, environment);
  }

  /** Makes it a clone. */
  async clone(): Promise<void> {
    writeFileSync(path.join(this.path, 'Dockerfile'), 'FROM scratch\n');
    const author = ['-c', 'user.name=Reader', '-c', 'user.email=reader@example.org'];
    for (const git of [
      ['init', '-q'],
      ['remote', 'add', 'origin', 'https://git.example/team/app.git'],
      ['add', 'Dockerfile'],
      [...author, 'commit', '-q', '-m', 'Start'],
    ])
      await execa('git', git, { cwd: this.path });
  }

  /** Runs a command line in a shell, with further variables. */
  async run(command: string, variables: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const { all, exitCode } = await this.start(command, variables);
    return { all, exitCode };
  }

  /** Starts a command line in a shell, as a process group of its own. */
  start(command: string, variables: Readonly<Record<string, string>> = {}) {
    const options = { cwd: this.path, env: { ...this.environment, ...variables }, extendEnv: false } as const;
    return execa('sh', ['-c', command], { ...options, all: true, reject: false, stdin: 'ignore', detached: true });
  }

  /** Ends a process that was started, and those that it started. */
  async stop(started: ReturnType<CommandFolder['start']>): Promise<void> {
    if (started.pid !== undefined && started.exitCode === null) process.kill(-started.pid, 'SIGKILL');
    await started;
  }

  dispose(): void {
    for (const folder of [this.path, this.#programs]) rmSync(folder, { recursive: true, force: true });
  }
}
