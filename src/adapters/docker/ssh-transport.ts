import { type ChildProcess, spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import type { SshEndpoint } from './engine-endpoint.ts';

/**
 * Reaches an engine by `ssh host docker system dial-stdio`, as docker's own client does. The operator's ssh
 * configuration, keys, agent and known hosts apply.
 */
export class SshAgent extends Agent {
  readonly #endpoint: SshEndpoint;

  constructor(endpoint: SshEndpoint) {
    super({ keepAlive: true });
    this.#endpoint = endpoint;
  }

  override createConnection(): Duplex {
    return new ProcessConnection(spawn('ssh', sshArguments(this.#endpoint), { stdio: ['pipe', 'pipe', 'pipe'] }));
  }
}

/** Arguments of `ssh` that open a connection to the engine on the remote host. */
export function sshArguments(endpoint: SshEndpoint): string[] {
  return [
    ...['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=30'],
    ...(endpoint.user === undefined ? [] : ['-l', endpoint.user]),
    ...(endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]),
    ...['--', endpoint.host, 'docker'],
    ...(endpoint.path === undefined ? [] : ['--host', `unix://${endpoint.path}`]),
    ...['system', 'dial-stdio'],
  ];
}

/** A child's stdin and stdout as the socket that Node's HTTP client expects. */
class ProcessConnection extends Duplex {
  readonly #child: ChildProcess;
  #complaint = '';

  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    child.stdout?.on('data', (data: Buffer) => {
      if (!this.push(data)) child.stdout?.pause();
    });
    child.stderr?.on('data', (data: Buffer) => {
      this.#complaint = (this.#complaint + data.toString()).slice(-2000);
    });
    child.stdin?.on('error', () => undefined); // the exit is more informative than EPIPE
    child.on('error', (error) => this.destroy(error));
    child.on('close', (code, signal) => this.#ended(code, signal));
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (code === 0) this.push(null);
    else this.destroy(new Error(`ssh ended with ${code ?? signal}: ${this.#complaint.trim() || 'no message'}`));
  }

  override _read(): void {
    this.#child.stdout?.resume();
  }

  override _write(data: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A failed write means that ssh ended: its exit, which follows, has the reason.
    this.#child.stdin?.write(data, encoding, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin?.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  // The socket methods that Node's HTTP client calls and a Duplex lacks.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this.#hold('ref');
  }
  unref(): this {
    return this.#hold('unref');
  }

  /** An idle connection must not keep the program alive. */
  #hold(how: 'ref' | 'unref'): this {
    this.#child[how]();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      (stream as Partial<Record<typeof how, () => void>> | null)?.[how]?.();
    }
    return this;
  }
}
