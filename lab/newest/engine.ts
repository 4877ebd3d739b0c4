import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerClient, engineAnswers, tryDocker } from '../engine-client.ts';
import type { LabPaths } from '../home.ts';
import { type Part, readJson, writeJson } from '../part.ts';
import { builderReference } from '../parts/builder-image.ts';
import { awaitReady, type DaemonOptions, startDaemon } from '../processes.ts';
import { run, toolPath } from '../run.ts';
import { makeBridge, newestBridge } from './bridge.ts';
import { unpackPackages } from './unpack.ts';

const suite = 'forky';
const packages = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'containerd'];
export const newestBuilderImage = 'twinhull/builder:newest';
const plugins = 'usr/libexec/docker/cli-plugins';

/** Debian's newest Docker Engine, running beside the lab's own, with the containerd image store. */
export const newestEnginePart: Part = {
  name: 'newest engine',
  needs: ['packages', 'engine', 'emulation'],

  async check({ paths }) {
    return (await engineAnswers(newestHost(paths))) ? undefined : 'does not answer';
  },

  async start({ paths, journal }) {
    const { newestFolder: folder } = paths;
    const { daemon, env } = newestPrograms(paths);
    if (!existsSync(daemon)) await unpackPackages(suite, packages, toolsFolder(paths));
    journal.record({ kind: 'newest-bridge' });
    await makeBridge();
    const options: DaemonOptions = {
      command: daemon,
      args: [
        ...['--config-file', writeEngineSettings(folder), '--host', newestHost(paths)],
        ...['--pidfile', join(folder, 'dockerd.pid'), '--data-root', join(folder, 'data')],
        ...['--exec-root', join(folder, 'exec'), '--bridge', newestBridge, '--fixed-cidr', '192.168.214.0/26'],
        ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
        ...['--shutdown-timeout', '5'],
      ],
      env,
      pidFile: join(paths.processFolder, 'newest-engine.pid'),
      logFile: join(paths.logFolder, 'newest-engine.log'),
    };
    journal.record({ kind: 'process', name: 'newest engine', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('dockerd', options, () => engineAnswers(newestHost(paths)), 60_000);
  },
};

/** The lab's builder image with the newest client and its plugins, on the newest engine. */
export const newestBuilderPart: Part = {
  name: 'newest builder image',
  needs: ['newest engine', 'builder image'],

  async check({ paths }) {
    return (await tryDocker(newestHost(paths), ['image', 'inspect', newestBuilderImage])) === undefined
      ? 'not on the engine'
      : undefined;
  },

  async start({ paths, facts }) {
    const host = newestHost(paths);
    const tools = toolsFolder(paths);
    const { client, configuration } = newestPrograms(paths);
    const copy = '"$1" --host "$2" save "$4" | "$1" --host "$3" load';
    await run('sh', ['-c', copy, 'sh', dockerClient(), facts.get('engineHost'), host, builderReference]);
    const dockerfile = `FROM ${builderReference}\nCOPY bin/docker /usr/bin/docker\nCOPY libexec/docker/cli-plugins /${plugins}\n`;
    const file = join(paths.newestFolder, 'builder.Dockerfile');
    writeFileSync(file, dockerfile);
    mkdirSync(configuration, { recursive: true });
    const linked = join(configuration, 'cli-plugins');
    if (!existsSync(linked)) symlinkSync(join(tools, plugins), linked);
    await run(client, [
      '--config',
      configuration,
      '--host',
      host,
      'build',
      '--quiet',
      '--tag',
      newestBuilderImage,
      '--file',
      file,
      join(tools, 'usr'),
    ]);
  },
};

/** Writes a second lab.json: the same lab on the newest engine. `TWINHULL_LAB_HOME` names its folder. */
export function describeNewest(paths: LabPaths): void {
  const lab = readJson<{ engine: object; images: object }>(paths.labFile);
  writeJson(join(paths.newestFolder, 'lab.json'), {
    ...lab,
    engine: { ...lab?.engine, host: newestHost(paths) },
    images: { ...lab?.images, builder: newestBuilderImage },
  });
}

/** The programs of the newest engine, once it has been started. */
export interface NewestPrograms {
  readonly daemon: string;
  readonly client: string;
  /** Folder for the client's `--config`: with its plugins, and without any login. */
  readonly configuration: string;
  /** Environment of the daemon and of the client. */
  readonly env: Readonly<Record<string, string>>;
}

export function newestPrograms(paths: LabPaths): NewestPrograms {
  const tools = toolsFolder(paths);
  return {
    daemon: join(tools, 'usr/sbin/dockerd'),
    client: join(tools, 'usr/bin/docker'),
    configuration: join(paths.newestFolder, 'config'),
    // Only runc comes from the machine: newer ones need a newer C library.
    env: { PATH: `${join(tools, 'usr/bin')}:${join(tools, 'usr/sbin')}:${toolPath}` },
  };
}

/** Writes the settings that select the containerd image store. @returns the file, for `--config-file` */
export function writeEngineSettings(folder: string): string {
  const file = join(folder, 'daemon.json');
  writeFileSync(file, JSON.stringify({ features: { 'containerd-snapshotter': true } }));
  return file;
}

function toolsFolder({ newestFolder }: LabPaths): string {
  return join(newestFolder, 'tools');
}

export function newestHost({ newestFolder }: LabPaths): string {
  return `unix://${join(newestFolder, 'docker.sock')}`;
}
