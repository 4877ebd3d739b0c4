import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, trackedFiles } from './tracked-files.ts';

const pages = trackedFiles('*.md', ':!docs/adr', ':!CHANGELOG.md');
const commands = [...new Set(pages.flatMap(({ text }) => commandsOf(text)))];

/** Run from a folder that has only a clone without commits of its own beyond a Dockerfile, without a network. */
const runs: Readonly<Record<string, RegExp>> = {
  'twinhull init': /wrote twinhull\.yaml/,
  'twinhull plan': /registry\.example\/team\/app/,
  'twinhull token create --name ci --scope build': /th_/,
  'twinhull prune': /nothing/,
  'twinhull simulate --builds-per-day 1000 --profile office --max-vcpus 64': /linux\/arm64 /,
  'twinhull list --state building waiting': /no builds/,
};

/** Commands that a unit test cannot run, by their beginning, each with the reason. */
const elsewhere: readonly (readonly [beginning: RegExp, why: string])[] = [
  [/^npm (?:run (?:quickstart|lint|test:unit)|test\b)/, 'is the gate itself, or runs in it'],
  [/^npm (?:ci|pack|install)\b/, 'installs; test/e2e/package.test.ts packs and installs the package'],
  [/^git (?:clone|pull)\b/, 'needs a git server'],
  [/^git grep\b/, 'reads the clone; the text is checked below'],
  [/^export [A-Z_]+=/, 'sets variables alone'],
  [/^(?:read|unset|mkdir|cd infra$)/, 'belongs to the commands around it'],
  [/^(?:cd infra && )?npx cdk (?:bootstrap|destroy)\b/, 'needs an AWS account'],
  [/^npx cdk synth\b/, 'runs in the lab: test/integration/stack-template.test.ts'],
  [
    /^npm run (?:deploy|diff|--silent settings)\b/,
    'needs an AWS account; docs/deploying.md lists what the lab does instead, by test',
  ],
  [/^(?:aws|ISSUER=\$\(aws|printf %s "\$TOKEN" \| aws)\b/, 'needs an AWS account'],
  [/^(?:kubectl|printf %s "\$(?:URL|TOKEN)" \| kubectl|twinhull manifest k8s .* \| kubectl)\b/, 'needs a cluster'],
  [/^docker (?:run|buildx build)\b/, 'needs an engine and the image of the service'],
  [/^(?:curl|BUILD=\$\((?:curl|echo))/, 'needs a service: test/e2e/serve.test.ts, aws-simulation.test.ts'],
  [/^python3 -c /, 'needs the files of a simulation: test/e2e/aws-simulation.test.ts'],
  [/^(?:\.\/build\.(?:sh|py)|npx tsx build\.ts) /, 'needs a service: test/e2e/client-examples.test.ts'],
  [/^npx tsx lab\/batch-stand-in\/main\.ts /, 'serves until it is stopped; the unit tests of the stand-in start it'],
  [/^openssl rand /, 'writes to /etc'],
  [
    /^twinhull (?:build|doctor|logs|manifest|promote|prune --yes|wait)\b/,
    'needs an engine, a registry or a published build; its options are checked below',
  ],
  [/^twinhull completion \w+ > /, 'writes to the home folder; src/cli/completion tests the scripts'],
  [/^TWINHULL_[A-Z]+=\S+ .*twinhull serve$/, 'serves until it is stopped: test/e2e/serve.test.ts'],
];

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
  let folder: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'twinhull-docs-'));
    environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TWINHULL_STATE_DIR: path.join(folder, 'state'),
      TWINHULL_DESTINATION: 'registry.example/team/app',
    };
    writeFileSync(path.join(folder, 'Dockerfile'), 'FROM scratch\n');
    const author = ['-c', 'user.name=Reader', '-c', 'user.email=reader@example.org'];
    for (const git of [
      ['init', '-q'],
      ['remote', 'add', 'origin', 'https://git.example/team/app.git'],
      ['add', 'Dockerfile'],
      [...author, 'commit', '-q', '-m', 'Start'],
    ])
      await execa('git', git, { cwd: folder });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are each run here, or in a list with the reason why not', () => {
    const unknown = commands.filter(
      (command) => runs[command] === undefined && !elsewhere.some(([beginning]) => beginning.test(command)),
    );
    expect(unknown).toEqual([]);
  });

  it('are still on a page, if they are in a list', () => {
    expect(Object.keys(runs).filter((command) => !commands.includes(command))).toEqual([]);
    expect(elsewhere.filter(([beginning]) => !commands.some((command) => beginning.test(command)))).toEqual([]);
  });

  it.each(Object.entries(runs))('%s works offline', async (command, output) => {
    const { all, exitCode } = await twinhull(command.split(' ').slice(1));
    expect({ all, exitCode }).toEqual({ all: expect.stringMatching(output), exitCode: 0 });
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
          twinhull([...name.split(' '), '--help']).then(({ all }) => all),
        );
    for (const [, name = '', rest = ''] of calls) {
      const help = await helps.get(name);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help, `${name} ${option}`).toContain(option);
    }
    expect(helps.size).toBeGreaterThan(5);
  });

  it('of git grep in CONTRIBUTING find the text that they name', () => {
    const [command = ''] = commands.filter((text) => text.startsWith('git grep'));
    const [, text = ''] = /'([^']+)'/.exec(command) ?? [];
    expect(execFileSync('git', ['grep', '-n', text, 'src'], { cwd: root, encoding: 'utf8' })).toContain(
      'src/cli/render/list.ts',
    );
  });

  async function twinhull(words: readonly string[]): Promise<{ all: string; exitCode: number | undefined }> {
    const main = ['--import', import.meta.resolve('tsx'), path.join(root, 'src/cli/main.ts')];
    const options = { cwd: folder, env: environment, extendEnv: false, all: true, reject: false } as const;
    const { all, exitCode } = await execa(process.execPath, [...main, ...words], options);
    return { all, exitCode };
  }
});

/** The commands in the fenced blocks `sh` and `console` of a page, without comments, each on one line. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^ *```(sh|console)\n([\s\S]*?)^ *```/gm)].flatMap(([, kind, block = '']) => {
    const lines = block
      .replaceAll(/\\\n\s*|(?<=\|)\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim());
    const typed = kind === 'console' ? lines.flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : [])) : lines;
    return joined(typed)
      .map((line) => line.replace(/\s+#\s.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  });
}

/** Joins the lines of a text in single quotes. */
function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  let open: string[] = [];
  for (const line of lines) {
    open.push(line);
    if (open.join('').split("'").length % 2 === 0) continue;
    whole.push(open.join(' '));
    open = [];
  }
  return whole;
}
