import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerClient, engineAnswers, tryDocker } from '../engine-client.ts';
import type { LabPaths } from '../home.ts';
import { type LabContext, type Part, readJson, writeJson } from '../part.ts';
import { builderReference } from '../parts/builder-image.ts';
import { run } from '../run.ts';
import { newestHost, newestPrograms, startNewestEngine, toolsFolder } from './start.ts';

export const newestBuilderImage = 'twinhull/builder:newest';
const plugins = 'usr/libexec/docker/cli-plugins';

/** Debian's newest Docker Engine, running beside the lab's own, with the containerd image store. */
export const newestEnginePart: Part = {
  name: 'newest engine',
  needs: ['packages', 'engine', 'emulation'],

  async check({ paths }) {
    return (await engineAnswers(newestHost(paths))) ? undefined : 'does not answer';
  },

  start: startNewestEngine,
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
    const from = facts.get('engineHost');
    if (from !== host) await run('sh', ['-c', copy, 'sh', dockerClient(), from, host, builderReference]);
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

/** The same for a lab that may have no other engine than the newest; nothing where it uses another one. */
export const ownNewestBuilderPart: Part = {
  ...newestBuilderPart,
  needs: ['builder image'],

  async check(context) {
    return isOnNewest(context) ? newestBuilderPart.check(context) : undefined;
  },
};

/** Whether the lab's own engine is the newest. */
export function isOnNewest({ facts, paths }: LabContext): boolean {
  return facts.find('engineHost') === newestHost(paths);
}

/** Writes a second lab.json: the same lab on the newest engine. `TWINHULL_LAB_HOME` names its folder. */
export function describeNewest(paths: LabPaths): void {
  const lab = readJson<{ engine: object; images: object }>(paths.labFile);
  writeJson(join(paths.newestFolder, 'lab.json'), {
    ...lab,
    engine: { ...lab?.engine, host: newestHost(paths) },
    images: { ...lab?.images, builder: newestBuilderImage },
  });
}
