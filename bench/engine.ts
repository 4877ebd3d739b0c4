import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { docker, engineAnswers } from '../lab/engine-client.ts';
import { awaitReady, type DaemonOptions, startDaemon, stopDaemon } from '../lab/processes.ts';
import { findCommand } from '../lab/run.ts';
import { unmountBelow } from '../lab/unmount.ts';
import type { Bed } from './bed.ts';
import { addBridge, removeBridge } from './bridge.ts';

/**
 * A Docker Engine for one measure, in addition to the lab's: with its own storage, socket and bridge, and only the
 * builder image on it. It is the same for both sides, free of other images and caches, and is removed completely.
 */
export class BenchEngine {
  readonly host: string;
  readonly socket: string;
  readonly #folder: string;
  readonly #builder: string;
  readonly #daemon: DaemonOptions;

  private constructor(folder: string, builder: string, bridge: string) {
    this.#folder = folder;
    this.#builder = builder;
    this.socket = join(folder, 'engine.sock');
    this.host = `unix://${this.socket}`;
    this.#daemon = {
      command: findCommand('dockerd') ?? 'dockerd',
      args: [
        ...['--host', this.host, '--pidfile', join(folder, 'dockerd.pid')],
        ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
        // `--bridge none` would delete docker0, and rules of its own would replace those of the other engine.
        ...['--bridge', bridge, '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
        ...['--shutdown-timeout', '5'],
      ],
      pidFile: join(folder, 'engine.pid'),
      logFile: join(folder, 'engine.log'),
    };
  }

  static async start(bed: Bed): Promise<BenchEngine> {
    const folder = bed.newFolder();
    const builder = join(folder, 'builder.tar');
    await docker(bed.lab.engine.host, ['save', '--output', builder, bed.lab.images.builder]);
    bed.defer(removeBridge);
    const engine = new BenchEngine(folder, builder, await addBridge());
    bed.defer(() => engine.#stop());
    await engine.empty();
    return engine;
  }

  /** Restarts with an empty storage that has only the builder image. */
  async empty(): Promise<void> {
    await this.#stop();
    mkdirSync(join(this.#folder, 'data'));
    startDaemon(this.#daemon);
    await awaitReady('the engine', this.#daemon, () => engineAnswers(this.host), 60_000);
    await this.docker('load', '--quiet', '--input', this.#builder);
  }

  docker(...words: readonly string[]): Promise<string> {
    return docker(this.host, words);
  }

  async #stop(): Promise<void> {
    await stopDaemon(this.#daemon.pidFile, 30_000);
    // A killed engine leaves its mounts behind.
    await unmountBelow(this.#folder);
    for (const part of ['data', 'exec'])
      rmSync(join(this.#folder, part), { recursive: true, force: true, maxRetries: 5 });
  }
}
