import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInAudience, parseGitAudience } from '../domain/git-audience.ts';
import { parseRepository } from '../domain/git-repository.ts';
import { builderScript } from './script.ts';

let script: string;
let folder: string;

beforeAll(async () => {
  script = await builderScript();
  folder = mkdtempSync(path.join(tmpdir(), 'twinhull-audience-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const audiences = [
  ...['git.example', 'GIT.Example', 'git.example.', 'git.example:443', 'git.example.:443', 'git.example:8443'],
  ...['git.example/team', 'git.example/team/model', 'git.example/team/model.git', 'git.example:443/team'],
  ...['127.0.0.1', '127.0.0.1:80', '127.0.0.1:8080', '[::1]', '[::1]:8443', 'sub.git.example', 'example', 'git.exampl'],
];

const urls = [
  ...['https://git.example/team/model.git', 'https://git.example:8443/team/model.git', 'https://git.example/team'],
  ...['https://git.example/team-evil/model', 'https://git.example/Team/model', 'https://git.example/evil/team/model'],
  ...['https://git.example.evil.example/team/model', 'https://evil.example/git.example/team/model'],
  ...[
    'https://git.example/team/model-evil',
    'https://git.example/team/model.git.evil',
    'https://gitxexample/team/model',
  ],
  ...['http://127.0.0.1/team/model', 'http://127.0.0.1:8080/team/model', 'https://127.0.0.1/team/model'],
  ...['https://[::1]/team/model', 'https://[::1]:8443/team/model', 'https://sub.git.example/team/model'],
].map(parseRepository);

describe('the builder', () => {
  it('agrees with the orchestrator on which repositories an audience covers', () => {
    const functions = ['covers', 'host_port'].map(
      (name) => new RegExp(`^${name}\\(\\) \\{\\n[^]*?^\\}$`, 'm').exec(script)?.[0],
    );
    const program = `set -u
${functions.join('\n')}
while read -r url audience; do
  origin=\${url#*://} origin=\${url%%:*}://\${origin%%/*}
  if covers "$audience"; then echo yes; else echo no; fi
done`;
    const cases = urls.flatMap((url) => audiences.map((audience) => ({ url, audience })));
    const input = cases.map(({ url, audience }) => `${url} ${audience}\n`).join('');
    const answers = run(['-c', program], input).trimEnd().split('\n');
    expect(cases.map((one, index) => [one, answers[index]])).toEqual(
      cases.map((one) => [one, isInAudience(parseGitAudience('it', one.audience), one.url) ? 'yes' : 'no']),
    );
    expect(answers).toContain('yes');
  });

  it.each([
    ['', "Username for 'https://git.example': ", 'robot'],
    ['', "Password for 'https://robot@git.example': ", 'the token'],
    ['', "Password for 'https://git.example': ", undefined],
    ['', "Username for 'https://git.example.evil.example': ", undefined],
    ['', "Username for 'https://git.example:8443': ", undefined],
    ['', "Username for 'https://git.example/': ", undefined],
    ['', "Username for 'https://git.example/team/x.git': ", undefined],
    ['', "Username for 'http://git.example': ", undefined],
    ['', "Password for 'https://robot@git.example@evil.example': ", undefined],
    ['', "Password for 'https://robot@git.example/@evil.example': ", undefined],
    ['/team', "Username for 'https://git.example/team/x.git': ", 'robot'],
    ['/team', "Password for 'https://robot@git.example/team/x%2By.git': ", 'the token'],
    ['/team/x', "Password for 'https://robot@git.example/team/x.git': ", 'the token'],
    ['/team/x', "Password for 'https://robot@git.example/team/x': ", 'the token'],
    ['/team/x', "Password for 'https://robot@git.example/team/x-evil': ", undefined],
    ['/team', "Password for 'https://robot@git.example/team-evil/x.git': ", undefined],
    ['/team', "Password for 'https://robot@git.example/team/../evil/x.git': ", undefined],
    ['/team', "Password for 'https://robot@git.example/team/..': ", undefined],
    ['/team', "Password for 'https://robot@git.example/team/%2e%2e/evil': ", undefined],
    ['/team', "Password for 'https://robot@git.example/team/@evil.example/x.git': ", undefined],
    ['/team', "Password for 'https://robot@git.example': ", undefined],
    ['/team', "Password for 'https://robot@git.example:8443/team/x.git': ", undefined],
    ['/team', "Passphrase for 'https://robot@git.example/team/x.git': ", undefined],
  ])('with a token for "%s" answers %s with %s', (under, prompt, answer) => {
    const [, askpass = ''] = /^askpass_program\(\) \{\n {2}cat <<'END'\n([^]*?)^END$/m.exec(script) ?? [];
    const file = path.join(folder, 'askpass');
    writeFileSync(file, askpass.replaceAll('/dev/shm/twinhull', folder));
    chmodSync(file, 0o755);
    writeFileSync(path.join(folder, 'git-audience'), `https://git.example\nrobot\n${under}\n`);
    writeFileSync(path.join(folder, 'git-token'), 'the token');
    const ask = () => run([file, prompt], '').trimEnd();
    if (answer === undefined) expect(ask).toThrow();
    else expect(ask()).toBe(answer);
  });
});

function run(args: readonly string[], input: string): string {
  return execFileSync('sh', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}
