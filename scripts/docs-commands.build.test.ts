import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localTokenFile } from '../src/adapters/local-service/local-token-file.ts';
import { openSqliteStore } from '../src/adapters/store/sqlite.ts';
import { samplePlan } from '../test/helpers/sample-builds.ts';
import { publishedBuild, shownTime } from '../test/helpers/shown-builds.ts';
import { CommandFolder } from './command-folder.ts';
import { runsWithBuild, serviceCommand } from './documented-commands.ts';

const log = 'compiling the model\nno error\n';

describe('commands in README and docs, where a build is published', () => {
  const destination = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli';
  const build = publishedBuild({ destination, repository: 'https://git.example/acme/model.git', branch: 'main' });
  const { id, commit, recipe } = build;
  let folder: CommandFolder;
  let service: ReturnType<CommandFolder['start']>;
  let variables: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = await CommandFolder.open();
    await storeBuild();
    writeFileSync(path.join(folder.path, 'simulation.json'), '{"generations": 3}');
    service = folder.start(serviceCommand, { TWINHULL_LISTEN: '127.0.0.1:0' });
    const url = await new Promise<string>((resolve, reject) => {
      service.stdout.on('data', (text) => {
        const [, address] = /^(http:\S+)\n/m.exec(String(text)) ?? [];
        if (address !== undefined) resolve(address);
      });
      void service.then(({ all }) => reject(new Error(`the service ended: ${all}`)));
    });
    const token = readFileSync(localTokenFile(folder.stateFolder), 'utf8').trim();
    variables = { BUILD: id, COMMIT: commit, TWINHULL_URL: url, TWINHULL_TOKEN: token };
  });

  afterAll(async () => {
    await folder.stop(service);
    folder.dispose();
  });

  it.each(Object.entries(runsWithBuild))('%s', async (command, output) => {
    expect(await folder.run(command, variables)).toEqual({ all: expect.stringMatching(output), exitCode: 0 });
  });

  it('make the configuration of a simulation, and a badge', () => {
    const written = (name: string): string => readFileSync(path.join(folder.path, name), 'utf8');
    expect(JSON.parse(written('workflow.json'))).toMatchObject({
      generations: 3,
      ...(JSON.parse(written('aws.json')) as object),
    });
    expect(written('aws.json')).toContain('vecoli-arm64');
    expect(written('badge.svg')).toContain(commit.slice(0, 7));
  });

  async function storeBuild(): Promise<void> {
    const store = await openSqliteStore(path.join(folder.stateFolder, 'twinhull.db'));
    const platforms = ['linux/arm64', 'linux/amd64'] as const;
    await store.create(build, samplePlan({ commit }), [
      { type: 'build.created', commit, recipe, platforms },
      { type: 'build.published' },
    ]);
    for (const platform of platforms)
      await store.appendLog(
        { log: { buildId: id, platform, attempt: 1 }, offset: 0, text: log, cursor: '' },
        [],
        shownTime,
      );
    await store.close();
  }
});
