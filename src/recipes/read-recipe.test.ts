import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsOf, images } from '../../test/helpers/recipe-errors.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { parseRecipe, readRecipe } from './read-recipe.ts';

describe('parseRecipe', () => {
  it('fills in every default', () => {
    const recipe = parseRecipe(
      images('  app:\n    dockerfile: {}\n  tool:\n    from: app\n    dockerfile: { path: tool/Dockerfile }\n'),
      'f',
    );
    expect(recipe).toEqual({
      name: 'x',
      checkout: {},
      timeouts: { waitSeconds: 7200 },
      images: [
        {
          name: 'app',
          platforms: ['linux/arm64', 'linux/amd64'],
          build: {
            kind: 'dockerfile',
            dockerfile: { path: 'Dockerfile' },
            context: '.',
            arguments: {},
            secrets: [],
            cache: true,
          },
          verify: [],
          tags: [{ template: '{commit}', moving: false }],
        },
        {
          name: 'tool',
          platforms: ['linux/arm64', 'linux/amd64'],
          from: { image: 'app', argument: 'BASE_IMAGE' },
          build: {
            kind: 'dockerfile',
            dockerfile: { path: 'tool/Dockerfile' },
            context: '.',
            arguments: {},
            secrets: [],
            cache: true,
          },
          verify: [],
          tags: [{ template: '{commit}-tool', moving: false }],
        },
      ],
    });
  });

  it('parses whether an image depends on its architecture', () => {
    const text = images('  app:\n    dockerfile: {}\n    architecture: independent\n');
    expect(parseRecipe(text, 'f').images[0]?.architecture).toBe('independent');
    expect(errorsOf(text.replace('independent', 'any'))).toEqual([
      ':6:19: images.app.architecture: "any": expected independent, or nothing',
    ]);
  });

  it('parses which pushes start a build', () => {
    const text = images('  app:\n    dockerfile: {}\n');
    expect(parseRecipe(text, 'f').pushBranches).toBeUndefined();
    expect(parseRecipe(`${text}on: {}\n`, 'f').pushBranches).toBeUndefined();
    const branches = "on:\n  push:\n    branches: [main, 'release/*', '**']\n";
    expect(parseRecipe(text + branches, 'f').pushBranches).toEqual(['main', 'release/*', '**']);
    expect(parseRecipe(`version: 1\npreset: vecoli\n${branches}`, 'f').pushBranches).toHaveLength(3);
    expect(parseRecipe(text + branches, 'f').pushWhenBusy).toBe('queue-newest');
    expect(parseRecipe(`${text}${branches}    whenBusy: supersede\n`, 'f').pushWhenBusy).toBe('supersede');
    expect(() => parseRecipe(`${text}${branches}    whenBusy: drop\n`, 'f')).toThrow(
      'on.push.whenBusy: "drop": expected one of queue-newest, queue-all, supersede',
    );
  });

  it('parses checkout options, including the older name', () => {
    const checkout = (more: string) => parseRecipe(images('  app:\n    dockerfile: {}\n') + more, 'f').checkout;
    expect(checkout('submodules: true\n')).toEqual({ submodules: true });
    expect(checkout('submodules: false\n')).toEqual({ submodules: false });
    expect(checkout('checkout: { lfs: true, submodules: false }\n')).toEqual({ lfs: true, submodules: false });
    expect(checkout('submodules: true\ncheckout: { lfs: false }\n')).toEqual({ lfs: false, submodules: true });
    expect(checkout('checkout: { tags: true }\n')).toEqual({ depth: 'full', tags: true });
    expect(checkout('checkout: { tags: true, depth: 50 }\n')).toEqual({ depth: 50, tags: true });
    expect(checkout('checkout: { tags: false, depth: full }\n')).toEqual({ depth: 'full' });
    for (const depth of ['0', '-1', '1.5', 'all', '"5"'])
      expect(() => checkout(`checkout: { depth: ${depth} }\n`)).toThrow('expected a number of commits, or full');
    expect(() => checkout('submodules: true\ncheckout: { submodules: true }\n')).toThrow('leave one out');
  });

  it('parses every field', () => {
    const recipe = parseRecipe(
      `version: 1
name: full
submodules: true
timeouts: { wait: 90m, run: 1h30m }
images:
  app:
    platforms: [linux/amd64]
    dockerfile:
      inline: |
        FROM scratch
      context: app
      target: final
      args: { A: "1", B: "$(id)" }
      secrets: [npm]
      cache: false
    verify: [["app", "--version"]]
    tags: ["{commit}", latest, "{branch}", "{branch}-{short}", { tag: stable, moving: true }, { tag: v1, moving: false }]
  tool:
    from: { image: app, argument: BASE }
    dockerfile: {}
    tags: []
  job:
    script: { path: a/b.sh, args: ["-t", "{tag}"], env: { USER: me } }
`,
      'f',
    );
    expect(recipe.timeouts).toEqual({ waitSeconds: 5400, runSeconds: 5400 });
    expect(recipe.images.map(({ name, platforms }) => [name, platforms.length])).toEqual([
      ['app', 1],
      ['tool', 1],
      ['job', 2],
    ]);
    expect(recipe.images[0]?.tags.map(({ moving }) => moving)).toEqual([false, true, true, false, true, false]);
    expect(recipe.images[1]).toMatchObject({ from: { image: 'app', argument: 'BASE' }, tags: [] });
    expect(recipe.images[2]?.build).toEqual({
      kind: 'script',
      path: 'a/b.sh',
      arguments: ['-t', '{tag}'],
      environment: { USER: 'me' },
    });
  });

  it('locates errors behind anchors and aliases', () => {
    expect(errorsOf(images('  a: &a\n    dockerfile: { path: ../x }\n    tags: []\n  b: *a\n'))).toEqual([
      ':5:25: images.a.dockerfile.path: "../x": a path must not leave the repository by ..',
      ':5:25: images.b.dockerfile.path: "../x": a path must not leave the repository by ..',
    ]);
  });

  it('refuses an alias bomb', () => {
    const lines = Array.from(
      { length: 12 },
      (_, index) => `x${index + 1}: &x${index + 1} [${`*x${index},`.repeat(9)}]`,
    );
    expect(errorsOf(`x0: &x0 [1]\n${lines.join('\n')}\n`)[0]).toMatch(/alias/i);
  });

  it('lists several errors in the order of the file, and suggests `twinhull plan`', () => {
    try {
      parseRecipe(images('  a: {}\n  b: {}\n'), 'some/file.yaml');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        message:
          'the recipe has 2 errors:\n' +
          '  some/file.yaml:4:3: images.a: it defines no build: give dockerfile or script\n' +
          '  some/file.yaml:5:3: images.b: it defines no build: give dockerfile or script',
        hint: 'correct the named lines, then run `twinhull plan`',
      });
    }
  });

  it('returns a recipe or throws RecipeInvalid for any text', () => {
    const pieces = [
      'version: 1\n',
      'name: x\n',
      'images:\n',
      '  a:\n',
      '    dockerfile: {}\n',
      '    tags: [',
      ']',
      '&a ',
      '*a',
      '? ',
      '- ',
      '!!',
      '"',
      '%',
      '\t',
      '{',
      '\u0000',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 25 }),
        (parts) => {
          try {
            return parseRecipe(parts.join(''), 'f').images.length > 0;
          } catch (error) {
            return TwinhullError.is(error, 'RecipeInvalid');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('readRecipe', () => {
  it('accepts plain data and returns problems with their paths', () => {
    expect(readRecipe({ version: 1, name: 'x', images: { a: {} } })).toEqual({
      problems: [{ path: ['images', 'a'], reason: 'it defines no build: give dockerfile or script', key: true }],
    });
  });

  it('returns a recipe or problems for any data', () => {
    fc.assert(fc.property(fc.anything(), (data) => 'problems' in readRecipe(data)));
  });
});
