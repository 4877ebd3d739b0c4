import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable, globalOptions } from '../table/table.ts';
import { bashCompletion } from './bash-completion.ts';
import { completedCommands } from './completed-command.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const commands = completedCommands(commandTable, globalOptions);
const byPath = commands.map((command) => [command.path.join(' '), command] as const);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'twinhull-completion-'));
  writeFileSync(join(folder, 'script.bash'), bashCompletion(commands));
  writeFileSync(join(folder, 'script.zsh'), zshCompletion(commands));
  writeFileSync(join(folder, 'script.fish'), fishCompletion(commands));
  writeFileSync(join(folder, 'two words.yaml'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a shell is installed; CI images have bash alone. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

describe('completion of bash', () => {
  /** What bash offers at the end of a line. */
  function complete(line: string): readonly string[] {
    // As readline does, which also splits words at "=" and ":".
    const words = line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/([=:])/).filter(Boolean)));
    const script = `source script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _twinhull; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { cwd: folder, encoding: 'utf8' });
    return output.split('\n').filter(Boolean);
  }

  it.each(byPath)('offers what belongs to twinhull %s', (path, { options, commands: below, argument }) => {
    const line = path === '' ? 'twinhull' : `twinhull ${path}`;
    const flags = options.flatMap(({ flag, short }) => (short === undefined ? [flag] : [flag, short]));
    expect(complete(`${line} -`).toSorted()).toEqual(flags.toSorted());
    expect(complete(`${line} `)).toEqual(below.length > 0 ? below.map(({ name }) => name) : (argument?.values ?? []));
  });

  it.each([
    ['a command', 'twinhull pro', ['promote']],
    ['a command of a group', 'twinhull token cr', ['create']],
    ['a command after options of every command', 'twinhull --server http://localhost:80 --no-color pru', ['prune']],
    ['an option after an argument', 'twinhull logs 0abc --fo', ['--follow']],
    ['a value', 'twinhull build --if-busy queue-', ['queue-newest', 'queue-all']],
    ['a value after "="', 'twinhull build --if-busy=s', ['supersede']],
    ['all values after "="', 'twinhull token create --scope=', ['read', 'build', 'admin']],
    ['one more of several values', 'twinhull list --state failed pub', ['publishing', 'published']],
    ['an option after several values', 'twinhull list --state failed --li', ['--limit']],
    ['an option after a value that is the name of a command', 'twinhull build --ref list --det', ['--detach']],
    ['an option after a value with "="', 'twinhull manifest k8s --env A=1 --hea', ['--head']],
    ['the value of an option of the group', 'twinhull manifest k8s --head ', ['nextflow', 'vecoli']],
    ['a file', 'twinhull build --recipe two', ['two words.yaml']],
    ['nothing where any text is accepted', 'twinhull build --ref ', []],
    ['nothing below an unknown command', 'twinhull unknown --', []],
    ['nothing after --', 'twinhull list -- --', []],
  ])('offers %s', (_, line, expected) => {
    expect(complete(line)).toEqual(expected);
  });

  it('evaluates nothing that was typed', () => {
    expect(complete(`twinhull build --ref $(touch\${IFS}owned) --det`)).toEqual(['--detach']);
    expect(complete('twinhull list `touch owned`')).toEqual([]);
    expect(execFileSync('ls', { cwd: folder, encoding: 'utf8' })).not.toContain('owned');
  });
});

describe('completion of zsh', () => {
  it.each(byPath)('has a function for twinhull %s with its options', (path, { options, commands: below }) => {
    const name = ['_twinhull', ...path.split(' ').filter(Boolean)].join('_');
    const [, body = ''] = zshCompletion(commands).split(`\n${name}() {`);
    const specs = body.split('\n}')[0] ?? '';
    for (const { flag } of options) expect(specs).toMatch(new RegExp(`'[^']*${flag}=?\\[`));
    for (const each of below) expect(specs).toContain(`'${each.name}:`);
  });

  it('has values, files and escaped descriptions', () => {
    const script = zshCompletion(commands);
    expect(script).toContain("'--scope=[scope of the token]:scope:(read build admin)'");
    expect(script).toContain("'--state=[only these]:*-*:state:(waiting ");
    expect(script).toContain("'--recipe=[recipe file, or preset: vecoli]:recipe:_files'");
    expect(script).toContain(String.raw`[repository in a registry, host\[:port\]/path]`);
    expect(script).toContain(String.raw`[command, such as '\''\["uname", "-m"\]'\'']`);
    expect(script).toContain("'1:shell:(bash zsh fish)'");
    // The text is checked in any case; zsh itself only where it is installed.
    if (has('zsh')) expect(spawnSync('zsh', ['-n', join(folder, 'script.zsh')]).stderr.toString()).toBe('');
  });
});

describe('completion of fish', () => {
  it.each(byPath)('has a line for each option of twinhull %s', (path, { options, commands: below }) => {
    const name = below.length > 0 ? '__twinhull_before' : '__twinhull_at';
    const start = `complete -c twinhull -n '${path === '' ? name : `${name} ${path}`}' `;
    const own = fishCompletion(commands)
      .split('\n')
      .flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
    for (const { flag, summary } of options) {
      const line = own.find((each) => each.includes(`-l ${flag.slice(2)} `));
      expect(line).toContain(` -d '${summary.replaceAll("'", "\\'")}'`);
    }
    for (const each of below) expect(own).toContainEqual(expect.stringContaining(`-a ${each.name} `));
  });

  it('has values and files, which fish itself offers where it is installed', () => {
    const script = fishCompletion(commands);
    expect(script).toContain("-l scope -x -a 'read build admin' -d");
    expect(script).toContain('-l recipe -r -F -d');
    expect(script).toContain("'__twinhull_at completion' -a 'bash zsh fish'");
    if (!has('fish')) return;
    const offered = (line: string): readonly string[] => {
      const words = ['--no-config', '-c', 'source script.fish; complete -C $argv[1]', line];
      const output = execFileSync('fish', words, { cwd: folder, encoding: 'utf8' });
      return output.split('\n').flatMap((each) => each.split('\t')[0] || []);
    };
    expect(offered('twinhull token cr')).toEqual(['create']);
    expect(offered('twinhull --server http://x logs --plat')).toEqual(['--platform']);
    expect(offered('twinhull build --ref list --det')).toEqual(['--detach']);
    expect(offered('twinhull build --if-busy=s')).toEqual(['--if-busy=supersede']);
  });
});
