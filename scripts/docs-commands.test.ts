import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsCatalogue } from '../src/settings/setting-catalogue.ts';
import { CommandFolder } from './command-folder.ts';
import { commands, elsewhere, runsOfNewUser, runsWithBuild, serviceCommand } from './documented-commands.ts';
import { root } from './tracked-files.ts';

it('docs/deploying.md has eight numbered steps, each with what to expect and its time', () => {
  const page = readFileSync(path.join(root, 'docs/deploying.md'), 'utf8');
  const [, walk = ''] = /^## Eight steps[^\n]*\n([\s\S]*?)^## /m.exec(page) ?? [];
  const steps = walk.split(/^### /m).slice(1);
  expect(steps.map((step) => /^Step (\d): \S/.exec(step)?.[1])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  for (const step of steps) expect(step).toMatch(/Expected[\s\S]*\bTime: (?:[\d`]|not measured)/);
  const named = [...page.matchAll(/`((?:infra|test)\/[\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

describe('commands in README and docs', () => {
  const run = [...Object.keys(runsOfNewUser), ...Object.keys(runsWithBuild), serviceCommand];
  let folder: CommandFolder;

  beforeAll(async () => {
    folder = await CommandFolder.open({ TWINHULL_DESTINATION: 'registry.example/team/app' });
    await folder.clone();
    // As the packages of the shells make them.
    for (const own of ['.local/share/bash-completion/completions', '.zfunc', '.config/fish/completions'])
      mkdirSync(path.join(folder.path, own), { recursive: true });
  });

  afterAll(() => folder.dispose());

  it('are each run by a test, or in a list with the reason why not', () => {
    const unknown = commands.filter(
      (command) => !run.includes(command) && !elsewhere.some(([beginning]) => beginning.test(command)),
    );
    expect(unknown).toEqual([]);
  });

  it('are still on a page, if they are in a list', () => {
    expect(run.filter((command) => !commands.includes(command))).toEqual([]);
    expect(elsewhere.filter(([beginning]) => !commands.some((command) => beginning.test(command)))).toEqual([]);
  });

  it.each(Object.entries(runsOfNewUser))('%s works offline', async (command, output) => {
    expect(await folder.run(command)).toEqual({ all: expect.stringMatching(output), exitCode: 0 });
    const [, file] = / > ~\/(\S+)$/.exec(command) ?? [];
    if (file !== undefined) expect(statSync(path.join(folder.path, file)).size).toBeGreaterThan(1000);
  });

  it('of twinhull exist, with their options', async () => {
    const calls = commands.flatMap((command) => [
      ...command.matchAll(/(?:^|\$\()twinhull ([a-z0-9]+(?: (?:batch|k8s|vecoli|create|list|revoke)\b)?)([^|)>]*)/g),
    ]);
    const helps = new Map<string, Promise<string>>();
    for (const [, name = ''] of calls)
      if (!helps.has(name))
        helps.set(
          name,
          folder.run(`twinhull ${name} --help`).then(({ all }) => all),
        );
    for (const [, name = '', rest = ''] of calls) {
      const help = await helps.get(name);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help, `${name} ${option}`).toContain(option);
    }
    expect(helps.size).toBeGreaterThan(5);
  });

  it('set variables that are settings', () => {
    const names = commands.flatMap((command) =>
      [...command.matchAll(/(?:^|\s)(TWINHULL_[A-Z_]+)=/g)].map(([, name = '']) => name),
    );
    // TWINHULL_URL is of the examples, which take it from the user.
    expect(names.filter((name) => name !== 'TWINHULL_URL' && !(name in settingsCatalogue))).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  });

  it('of a changed message in CONTRIBUTING prints it', () => {
    const [command = ''] = commands.filter((text) => text.startsWith('TWINHULL_STATE_DIR='));
    const env = { ...process.env, HOME: folder.path, TMPDIR: folder.path };
    expect(execFileSync('sh', ['-c', `${command} 2>&1`], { cwd: root, encoding: 'utf8', env })).toContain(
      'no builds; start one with',
    );
  });

  it('of git grep in CONTRIBUTING find the text that they name', () => {
    const [command = ''] = commands.filter((text) => text.startsWith('git grep'));
    const [, text = ''] = /'([^']+)'/.exec(command) ?? [];
    expect(execFileSync('git', ['grep', '-n', text, 'src'], { cwd: root, encoding: 'utf8' })).toContain(
      'src/cli/render/list.ts',
    );
  });
});
