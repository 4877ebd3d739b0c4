import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitRepository } from '../../lab/lab.ts';
import type { ErrorCode } from '../../src/domain/errors/catalogue.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';
import { expectNoStackTrace, expectRefusal } from '../helpers/expect-refusal.ts';

describe.concurrent('wrong use', () => {
  let bed: E2eBed;
  let recipe: string;
  let source: readonly string[];
  let ambiguous: string;

  beforeAll(async () => {
    bed = await E2eBed.open();
    recipe = await bed.file(oneImage());
    const { url, repository } = await bed.repository({ Dockerfile: 'FROM scratch\n' });
    ambiguous = await twoCommitsThatBeginAlike(repository);
    source = ['--repository', url, '--recipe', recipe];
  });

  afterAll(() => bed.dispose());

  describe('of the command line', () => {
    it.each([
      { words: ['biuld'], contains: "unknown command 'biuld'\n(Did you mean build?)" },
      { words: ['--colour'], contains: "unknown option '--colour'" },
      { words: ['build', '--colour'], contains: "unknown option '--colour'" },
      { words: ['build', 'main'], contains: "too many arguments for 'build'" },
      { words: ['build', '--ref'], contains: "option '--ref <reference>' argument missing" },
      { words: ['cancel'], contains: "missing required argument 'build'" },
      { words: ['retry'], contains: "missing required argument 'build'" },
      { words: ['promote', '1234567'], contains: "required option '--tag <tag>' not specified" },
      { words: ['list', '--limit', '0'], contains: 'It must be a whole number above 0.' },
      { words: ['list', '--limit', '1.5'], contains: 'It must be a whole number above 0.' },
      { words: ['list', '--state', 'asleep'], contains: 'Allowed choices are waiting, building, publishing' },
      { words: ['wait', '--timeout', 'soon'], contains: 'It must be a number above 0.' },
      { words: ['logs', '--platform', 'linux/s390x'], contains: 'Allowed choices are linux/arm64, linux/amd64.' },
      { words: [], contains: 'Usage: twinhull' },
    ])('$words', async ({ words, contains }) => {
      const ran = await bed.run(words);
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain(contains);
      expectNoStackTrace(ran);
    });
  });

  describe('of builds that do not exist', () => {
    it.each<{ words: string[]; code: ErrorCode; contains: string }>([
      { words: ['status'], code: 'BuildNotFound', contains: 'there is no build yet' },
      { words: ['wait'], code: 'BuildNotFound', contains: 'there is no build yet' },
      { words: ['status', 'unknown'], code: 'BuildNotFound', contains: 'no build has the id "unknown"' },
      { words: ['logs', 'unknown', '--follow'], code: 'BuildNotFound', contains: 'no build has the id "unknown"' },
      { words: ['wait', 'unknown'], code: 'BuildNotFound', contains: 'no build has the id "unknown"' },
      { words: ['cancel', 'unknown'], code: 'BuildNotFound', contains: 'no build has the id "unknown"' },
      { words: ['retry', 'unknown'], code: 'BuildNotFound', contains: 'no build has the id "unknown"' },
      { words: ['images', 'unknown'], code: 'ImageNotPublished', contains: 'neither the id of a build nor a commit' },
      { words: ['images', 'abcdef1'], code: 'ImageNotPublished', contains: 'no build published commit abcdef1' },
      { words: ['promote', 'abcdef1', '--tag', 'stable'], code: 'ImageNotPublished', contains: 'no build published' },
      {
        words: ['promote', 'abcdef1', '--tag', '-x'],
        code: 'ImageReferenceInvalid',
        contains: 'begins with a dot or dash',
      },
    ])('$words', async ({ words, code, contains }) => {
      const json = words.includes('--follow') ? [] : ['--json'];
      expectRefusal(await bed.run([...words, ...json]), 2, code, contains);
    });

    it('lists none, as text and as JSON', async () => {
      expect(await bed.run(['list'])).toMatchObject({ exitCode: 0 });
      expect(await bed.run(['list', '--json'])).toMatchObject({ exitCode: 0, stdout: '[]\n' });
    });
  });

  describe('of references', () => {
    it.each<{ reference: string; code: ErrorCode; contains: string }>([
      { reference: 'no-such-branch', code: 'CommitNotFound', contains: 'has no branch or tag "no-such-branch"' },
      { reference: 'refs/tags/v9', code: 'CommitNotFound', contains: 'has no tag "v9"' },
      { reference: 'abcdef12345', code: 'CommitNotFound', contains: 'no commit with this prefix' },
      { reference: 'main~1', code: 'ReferenceInvalid', contains: 'it holds one of ~ ^ : ? * [' },
      { reference: 'a..b', code: 'ReferenceInvalid', contains: 'it holds ..' },
    ])('$reference', async ({ reference, code, contains }) => {
      expectRefusal(await bed.run(['build', ...source, '--ref', reference]), 2, code, contains);
    });

    it('that match two commits', async () => {
      expectRefusal(await bed.run(['plan', ...source, '--ref', ambiguous]), 2, 'ReferenceInvalid', 'is ambiguous');
    });

    it('that are missing', async () => {
      expectRefusal(await bed.run(['plan', ...source]), 2, 'ArgumentInvalid', 'no commit was named');
      const nowhere = await bed.run(['plan', '--recipe', recipe]);
      expect(nowhere.exitCode).toBe(2);
      expectNoStackTrace(nowhere);
    });
  });

  describe('of recipes', () => {
    it('names every invalid line', async () => {
      const file = await bed.file(
        [
          'version: 1',
          'name: One',
          'timeouts: { run: 5 }',
          'images:',
          '  app:',
          '    dockerfile: { path: ../Dockerfile, argz: {} }',
          '    platforms: [linux/s390x]',
        ].join('\n'),
        'wrong.yaml',
      );
      const ran = await bed.run(['build', ...source.slice(0, 2), '--ref', 'main', '--recipe', file]);
      expectRefusal(ran, 2, 'RecipeInvalid', 'the recipe has 5 errors');
      expect(ran.stderr).toMatch(/wrong\.yaml:2:7: name: "One"/);
      expect(ran.stderr).toMatch(/wrong\.yaml:3:18: timeouts\.run/);
      expect(ran.stderr).toMatch(/wrong\.yaml:6:25: images\.app\.dockerfile\.path: "\.\.\/Dockerfile"/);
      expect(ran.stderr).toMatch(/wrong\.yaml:6:40: .*did you mean "args"\?/);
      expect(ran.stderr).toMatch(/wrong\.yaml:7:17: .*"linux\/s390x"/);
    });

    it.each<{ what: string; text: string; contains: string }>([
      { what: 'no YAML', text: 'images: [\n', contains: 'recipe.yaml:2:1' },
      { what: 'nothing', text: '', contains: 'the recipe is empty' },
      {
        what: 'a circle',
        text: 'version: 1\nname: x\nimages:\n  a: { from: b, dockerfile: {} }\n  b: { from: a, dockerfile: {} }\n',
        contains: 'a -> b -> a',
      },
      { what: 'an unknown preset', text: 'version: 1\npreset: vecolli\n', contains: 'did you mean "vecoli"?' },
      {
        what: 'a base that lacks the platform',
        text: 'version: 1\nname: x\nimages:\n  a: { platforms: [linux/amd64], dockerfile: {} }\n  b: { from: a, platforms: [linux/arm64], dockerfile: {} }\n',
        contains: 'image a, its base, is not built for linux/arm64',
      },
    ])('that contain $what', async ({ text, contains }) => {
      const file = await bed.file(text);
      const ran = await bed.run(['plan', ...source.slice(0, 2), '--ref', 'main', '--recipe', file]);
      expectRefusal(ran, 2, 'RecipeInvalid', contains);
    });

    it('that do not exist', async () => {
      const ran = await bed.run(['plan', ...source.slice(0, 2), '--ref', 'main', '--recipe', 'vecolli']);
      expectRefusal(ran, 2, 'RecipeNotFound', 'name a file, or a preset: vecoli');
    });
  });

  describe('of destinations, repositories and settings', () => {
    it.each<{ env: Record<string, string | undefined>; code: ErrorCode; contains: string }>([
      {
        env: { TWINHULL_DESTINATION: 'user/app' },
        code: 'ImageReferenceInvalid',
        contains: 'it names no registry host',
      },
      { env: { TWINHULL_DESTINATION: undefined }, code: 'ArgumentInvalid', contains: 'no destination was named' },
      { env: { TWINHULL_MAX_JOBS: 'many' }, code: 'SettingInvalid', contains: 'give a number from 1 to 100' },
      { env: { TWINHULL_EMULATION: 'maybe' }, code: 'SettingInvalid', contains: 'give one of: allow, refuse' },
      {
        env: { TWINHULL_SETTINGS_FILE: '/nonexistent' },
        code: 'SettingInvalid',
        contains: '/nonexistent cannot be read',
      },
      { env: { DOCKER_HOST: 'ftp://engine' }, code: 'SettingInvalid', contains: 'ftp:// is not supported' },
      { env: { TWINHULL_BUILDER_IMAGE: '-v /:/host' }, code: 'SettingInvalid', contains: 'is not a valid image name' },
      {
        env: { TWINHULL_GIT_TOKEN_FILE: '/nonexistent' },
        code: 'SettingInvalid',
        contains: '/nonexistent cannot be read',
      },
      { env: { TWINHULL_GIT_TOKEN_FILE: '/dev/null' }, code: 'SettingInvalid', contains: 'does not hold a token' },
      { env: { TWINHULL_GIT_CA_FILE: '/nonexistent' }, code: 'SettingInvalid', contains: 'TWINHULL_GIT_CA_FILE' },
    ])('$env', async ({ env, code, contains }) => {
      expectRefusal(await bed.run(['build', ...source, '--ref', 'main'], { env }), 2, code, contains);
    });

    it('fails the same way with a known commit, before anything is built', async () => {
      const words = ['build', ...source, '--ref', '0'.repeat(39) + '1'];
      for (const env of [{ TWINHULL_GIT_TOKEN_FILE: '/nonexistent' }, { TWINHULL_GIT_CA_FILE: '/nonexistent' }])
        expectRefusal(await bed.run(words, { env }), 2, 'SettingInvalid', '/nonexistent');
      expect(await bed.builds()).toEqual([]);
    });

    it('of a secret that is not configured', async () => {
      const file = await bed.file(oneImage({ dockerfile: { secrets: ['npm'] } }));
      const words = ['build', ...source.slice(0, 2), '--ref', 'main', '--recipe', file];
      expectRefusal(await bed.run(words), 2, 'SettingInvalid', 'TWINHULL_SECRETS_DIR is not set');
      const env = { TWINHULL_SECRETS_DIR: bed.folder };
      expectRefusal(await bed.run(words, { env }), 2, 'SettingInvalid', 'build secret "npm"');
    });

    it('refuses a repository that cannot be cloned with a token, and never repeats a password', async () => {
      const words = ['plan', '--ref', 'main', '--recipe', recipe, '--repository'];
      const ssh = await bed.run([...words, 'git@example.com:acme/model.git']);
      expectRefusal(ssh, 2, 'RepositoryInvalid', 'give "https://example.com/acme/model.git"');
      const password = await bed.run([...words, 'https://me:hunter2@example.com/acme/model.git']);
      expectRefusal(password, 2, 'RepositoryInvalid', 'it holds a user name or password');
      expect(password.stderr).not.toContain('hunter2');
    });
  });
});

/** Gives the repository two tagged commits with the same first seven digits. @returns these digits */
async function twoCommitsThatBeginAlike(repository: GitRepository): Promise<string> {
  const tree = (await repository.git(['rev-parse', 'main^{tree}'])).trim();
  const texts = new Map<string, string>();
  for (let count = 0; ; count++) {
    const who = `t <t@example.com> ${1_700_000_000 + count} +0000`;
    const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nAlike\n`;
    const prefix = createHash('sha1').update(`commit ${text.length}\0${text}`).digest('hex').slice(0, 7);
    const twin = texts.get(prefix);
    texts.set(prefix, text);
    if (twin === undefined) continue;
    for (const [index, one] of [twin, text].entries()) {
      const args = ['hash-object', '-t', 'commit', '-w', '--stdin'];
      await repository.tag(`alike-${index}`, (await repository.git(args, Buffer.from(one))).trim());
    }
    return prefix;
  }
}
