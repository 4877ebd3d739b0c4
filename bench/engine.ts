import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineKind } from '../lab/engine-choice.ts';
import { dockerClient } from '../lab/engine-client.ts';
import { labPaths } from '../lab/home.ts';
import { newestBuilderImage } from '../lab/newest/engine.ts';
import { newestHost, newestPrograms, writeEngineSettings } from '../lab/newest/start.ts';
import { awaitReady, type DaemonOptions, startDaemon, stopDaemon } from '../lab/processes.ts';
import { findCommand, run, succeeds } from '../lab/run.ts';
import { unmountBelow } from '../lab/unmount.ts';
import type { Bed } from './bed.ts';
import { addBridge, removeBridge } from './bridge.ts';

/** Programs of one kind of engine, and the image of the builder for it. */
interface Programs {
  readonly daemon: string;
  readonly daemonArgs: readonly string[];
  /** The client with the options before its command. */
  readonly client: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly builderImage: string;
  /** Where the builder image is exported from. */
  readonly builderHost: string;
}

/**
 * A Docker Engine for one measure, in addition to the lab's: with its own storage, socket and bridge, and only the
 * builder image on it. It is the same for both sides, free of other images and caches, and is removed completely.
 */
export class BenchEngine {
  readonly host: string;
  readonly socket: string;
  readonly builderImage: string;
  readonly #folder: string;
  readonly #builder: string;
  readonly #programs: Programs;
  readonly #daemon: DaemonOptions;

  private constructor(folder: string, builder: string, bridge: string, programs: Programs) {
    this.#folder = folder;
    this.#builder = builder;
    this.#programs = programs;
    this.builderImage = programs.builderImage;
    this.socket = join(folder, 'engine.sock');
    this.host = `unix://${this.socket}`;
    this.#daemon = {
      command: programs.daemon,
      args: [
        ...['--host', this.host, '--pidfile', join(folder, 'dockerd.pid')],
        ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
        // `--bridge none` would delete docker0, and rules of its own would replace those of the other engine.
        ...['--bridge', bridge, '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
        ...['--shutdown-timeout', '5', ...programs.daemonArgs],
      ],
      env: programs.env,
      pidFile: join(folder, 'engine.pid'),
      logFile: join(folder, 'engine.log'),
    };
  }

  static async start(bed: Bed, kind: EngineKind = 'debian'): Promise<BenchEngine> {
    const folder = bed.newFolder();
    const programs = kind === 'debian' ? debianPrograms(bed) : newestProgramsOf(bed, folder);
    const builder = join(folder, 'builder.tar');
    await call(programs, programs.builderHost, ['save', '--output', builder, programs.builderImage]);
    bed.defer(removeBridge);
    const engine = new BenchEngine(folder, builder, await addBridge(), programs);
    bed.defer(() => engine.#stop());
    await engine.empty();
    return engine;
  }

  /** Restarts with an empty storage that has only the builder image. */
  async empty(): Promise<void> {
    await this.#stop();
    mkdirSync(join(this.#folder, 'data'));
    startDaemon(this.#daemon);
    await awaitReady('the engine', this.#daemon, () => this.#answers(), 60_000);
    await this.docker('load', '--quiet', '--input', this.#builder);
  }

  docker(...words: readonly string[]): Promise<string> {
    return call(this.#programs, this.host, words);
  }

  #answers(): Promise<boolean> {
    const { client, env } = this.#programs;
    const [command, ...options] = client;
    return succeeds(command, [...options, '--host', this.host, 'version'], { env, timeoutMilliseconds: 10_000 });
  }

  async version(): Promise<string> {
    return (await this.docker('version', '--format', '{{.Server.Version}}')).trim();
  }

  /** Ends it before the measure does: another may then use the bridge. */
  async stop(): Promise<void> {
    await this.#stop();
    await removeBridge();
  }

  async #stop(): Promise<void> {
    await stopDaemon(this.#daemon.pidFile, 30_000);
    // A killed engine leaves its mounts behind.
    await unmountBelow(this.#folder);
    for (const part of ['data', 'exec'])
      rmSync(join(this.#folder, part), { recursive: true, force: true, maxRetries: 5 });
  }
}

function call({ client, env }: Programs, host: string, words: readonly string[]): Promise<string> {
  const [command, ...options] = client;
  return run(command, [...options, '--host', host, ...words], { env });
}

function debianPrograms({ lab }: Bed): Programs {
  return {
    daemon: findCommand('dockerd') ?? 'dockerd',
    daemonArgs: [],
    client: [dockerClient()],
    env: {},
    builderImage: lab.images.builder,
    builderHost: lab.engine.host,
  };
}

function newestProgramsOf({ lab }: Bed, folder: string): Programs {
  const paths = labPaths(lab.home);
  const { daemon, client, configuration, env } = newestPrograms(paths);
  return {
    daemon,
    daemonArgs: ['--config-file', writeEngineSettings(folder), '--ip6tables=false', '--fixed-cidr', '192.168.213.0/26'],
    client: [client, '--config', configuration],
    env,
    builderImage: newestBuilderImage,
    builderHost: newestHost(paths),
  };
}
