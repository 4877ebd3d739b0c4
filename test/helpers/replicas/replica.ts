import { readFile } from 'node:fs/promises';
import { execa, type ResultPromise } from 'execa';
import { localTokenFile } from '../../../src/adapters/local-service/local-token-file.ts';
import { program } from '../e2e-bed.ts';
import { freePort } from '../free-port.ts';
import { pollUntil } from '../poll-until.ts';

/** One `twinhull serve`, which can be killed and restarted at the same address, like a pod. */
export class Replica {
  readonly url: string;
  /** The logs of all its processes. */
  log = '';
  readonly #environment: Readonly<Record<string, string>>;
  #process: ResultPromise | undefined;
  #paused = false;

  private constructor(port: number, environment: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = { ...environment, TWINHULL_LISTEN: `127.0.0.1:${port}` };
  }

  /** Does not start it yet. @param environment everything it gets except PATH and its address */
  static async create(environment: Readonly<Record<string, string>>): Promise<Replica> {
    return new Replica(await freePort(), environment);
  }

  /** Undefined while it is dead. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** The header of every request: the local token of the state folder, once a replica has created it. */
  async authorization(): Promise<{ readonly authorization: string }> {
    const file = localTokenFile(this.#environment['TWINHULL_STATE_DIR'] ?? '');
    const token = await pollUntil('a replica to write its token', () => readFile(file, 'utf8').catch(() => undefined));
    return { authorization: `Bearer ${token.trim()}` };
  }

  /** Does not wait until it answers. */
  start(): void {
    if (this.#process !== undefined) return;
    const child = execa(process.execPath, [program, 'serve'], {
      env: { PATH: process.env['PATH'], ...this.#environment },
      extendEnv: false,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: 'ignore',
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    void child.then(({ exitCode, signal }) => {
      if (this.#process === child) this.#process = undefined;
      this.log += `-- ended by ${signal ?? `exit code ${String(exitCode)}`}\n`;
    });
  }

  /** At once, without warning. @returns whether it was running */
  async kill(): Promise<boolean> {
    const child = this.#process;
    if (child === undefined) return false;
    this.#process = undefined;
    this.#paused = false;
    child.kill('SIGKILL');
    return (await child).signal === 'SIGKILL';
  }

  /** Stops it like a machine that hangs: it keeps its connections, and notices nothing. */
  pause(): void {
    this.#paused = this.#process?.kill('SIGSTOP') ?? false;
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
    this.#paused = false;
  }

  /** Waits until it ends by itself. @returns its exit code */
  async ended(): Promise<number | undefined> {
    return (await this.#process)?.exitCode;
  }

  /** Whether it reports that it is ready. */
  async isReady(): Promise<boolean> {
    const asked = fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return asked.then(
      async ({ ok, body }) => {
        await body?.cancel();
        return ok;
      },
      () => false,
    );
  }
}
