import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { docker, engineAnswers } from '../../lab/engine-client.ts';
import { labHome } from '../../lab/home.ts';
import type { Lab } from '../../lab/lab.ts';
import { awaitReady, type DaemonOptions, startDaemon, stopDaemon } from '../../lab/processes.ts';
import { findCommand, run, succeeds, toolPath } from '../../lab/run.ts';
import { unmountBelow } from '../../lab/unmount.ts';

/** Where the lab keeps the newest engine; absent in a lab on the machine's own. */
const newestTools = join(labHome(), 'tools');
const ranges = { address: '192.168.215.1/24', containers: '192.168.215.0/26' };

/**
 * A Docker Engine of one test file, of the same version and image store as the lab's, with the builder image alone. Its
 * bridge leads nowhere: builders run in the host's network.
 */
export class OwnEngine {
  readonly docker: Docker;
  readonly host: string;
  readonly #folder: string;
  readonly #bridge: string;
  readonly #builder: string;
  readonly #daemon: DaemonOptions;

  private constructor(folder: string, bridge: string, builder: string) {
    const socket = join(folder, 'docker.sock');
    const isNewest = existsSync(newestTools);
    this.#folder = folder;
    this.#bridge = bridge;
    this.#builder = builder;
    this.host = `unix://${socket}`;
    this.docker = new Docker({ socketPath: socket });
    const programs = [join(newestTools, 'usr/bin'), join(newestTools, 'usr/sbin'), toolPath].join(':');
    this.#daemon = {
      command: isNewest ? join(newestTools, 'usr/sbin/dockerd') : (findCommand('dockerd') ?? 'dockerd'),
      args: [
        ...['--config-file', join(folder, 'daemon.json'), '--host', this.host],
        ...['--pidfile', join(folder, 'dockerd.pid'), '--data-root', join(folder, 'data')],
        ...['--exec-root', join(folder, 'exec'), '--bridge', bridge, '--fixed-cidr', ranges.containers],
        ...['--iptables=false', '--ip-forward=false', '--ip-masq=false', '--shutdown-timeout', '5'],
        ...(isNewest ? ['--ip6tables=false'] : []),
      ],
      ...(isNewest && { env: { PATH: programs } }),
      pidFile: join(folder, 'engine.pid'),
      logFile: join(folder, 'engine.log'),
    };
  }

  static async start(lab: Lab): Promise<OwnEngine> {
    const folder = await mkdtemp(join(tmpdir(), 'twinhull-engine-'));
    const bridge = `th${folder.slice(-6).toLowerCase()}`;
    await succeeds('ip', ['link', 'delete', bridge]);
    // Without an address of its own, a bridge changes it with its containers, and connections hang.
    await run('ip', ['link', 'add', bridge, 'address', '02:42:c0:a8:d7:01', 'type', 'bridge']);
    await run('ip', ['address', 'add', ranges.address, 'dev', bridge]);
    await run('ip', ['link', 'set', bridge, 'up']);
    const engine = new OwnEngine(folder, bridge, lab.images.builder);
    // The engine waits longer before each further try to download a layer: for 75 s in all with the default of 5.
    const settings = {
      'max-download-attempts': 2,
      ...(existsSync(newestTools) && { features: { 'containerd-snapshotter': true } }),
    };
    await writeFile(join(folder, 'daemon.json'), JSON.stringify(settings));
    await mkdir(join(folder, 'data'));
    startDaemon(engine.#daemon);
    await awaitReady('the engine', engine.#daemon, () => engineAnswers(engine.host));
    const file = join(folder, 'builder.tar');
    await docker(lab.engine.host, ['save', '--output', file, lab.images.builder]);
    await docker(engine.host, ['load', '--quiet', '--input', file]);
    await rm(file);
    return engine;
  }

  /** Removes every image except the builder's, and all build caches. */
  async empty(): Promise<void> {
    for (const { Id, RepoTags } of await this.docker.listImages())
      if (RepoTags?.includes(this.#builder) !== true) await this.docker.getImage(Id).remove({ force: true });
    await docker(this.host, ['builder', 'prune', '--all', '--force']);
  }

  async stop(): Promise<void> {
    await stopDaemon(this.#daemon.pidFile, 30_000);
    await unmountBelow(this.#folder);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    await succeeds('ip', ['link', 'delete', this.#bridge]);
  }
}
