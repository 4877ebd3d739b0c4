import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { jobEnvironment } from '../../src/builder/job-environment.ts';
import { builderScript } from '../../src/builder/script.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { refNameProblem } from '../../src/domain/git-reference.ts';
import { parseRepository } from '../../src/domain/git-repository.ts';
import { parseImageRepository } from '../../src/domain/image-reference.ts';
import { planBuild } from '../../src/domain/planner.ts';
import {
  dockerfileText,
  imageName,
  plainText,
  repositoryPath,
  scriptVariableName,
  secretId,
  stageName,
  variableName,
} from '../../src/recipes/field-rules.ts';
import { readRecipe } from '../../src/recipes/read-recipe.ts';
import { hostileText } from '../helpers/hostile-text.ts';

/** Whatever the command line and the API accept, the builder accepts: in both shells, by its own check. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhull-grammar-'));
  await execa('busybox', ['--install', '-s', folder]);
  const state = join(folder, 'state');
  const script = (await builderScript()).replace(/\nmain\n$/, '\n').replace(/^state=\S+/m, `state=${state}`);
  const check = `finish() { exit "$1"; }\nmark() { printf '%s\\n' "$*"; }\nkey=abc\nrm -rf "$state"\nmkdir "$state"\ncheck_contract\necho accepted\n`;
  await writeFile(join(folder, 'check.sh'), script + check);
});
afterAll(() => rm(folder, { recursive: true }));

const characters = fc.constantFrom(...'abzAZ09._~+-/:[]@ %\\\'"$\u0000\n\u0085\u00e9\u{1f600}');
const anyText = fc.oneof(
  fc.string({ unit: characters, minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  hostileText('touch pwned'),
);

/** Texts that one of the input rules accepts. */
function accepted(rule: z.ZodType, texts: fc.Arbitrary<string> = anyText): fc.Arbitrary<string> {
  return fc.oneof(texts, fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/)).filter((text) => rule.safeParse(text).success);
}

function parsed<T>(texts: fc.Arbitrary<string>, parse: (text: string) => T): fc.Arbitrary<T> {
  const attempt = (text: string): T | undefined => {
    try {
      return parse(text);
    } catch (error) {
      if (TwinhullError.is(error)) return undefined;
      throw error;
    }
  };
  return texts.map(attempt).filter((value): value is NonNullable<typeof value> => value !== undefined);
}

const host = fc.constantFrom(
  'git.example',
  'GIT.Example:8443',
  '[2001:db8::1]:5000',
  'a-b.c',
  '127.0.0.1:5000',
  '[::1]',
);
const loopback = fc.constantFrom('localhost', 'a.localhost:1', '127.1', '127.0.0.1:80', '[::1]:3000', 'LOCALHOST');
const path = fc.stringMatching(/^[A-Za-z0-9._~+-]{1,6}(\/[A-Za-z0-9._~+-]{1,6}){0,3}\/?$/);
const repository = parsed(
  fc
    .oneof(fc.tuple(fc.constant('https'), host, path), fc.tuple(fc.constant('http'), loopback, path))
    .map(([scheme, at, below]) => `${scheme}://${at}/${below}`),
  parseRepository,
);
const destination = parsed(
  fc.tuple(fc.oneof(host, loopback), fc.stringMatching(/^[a-z0-9._/-]{1,14}$/)).map(([at, below]) => `${at}/${below}`),
  parseImageRepository,
);
const branch = fc
  .oneof(anyText, fc.stringMatching(/^[!-~]{1,12}$/), path)
  .filter((text) => refNameProblem(text) === undefined);

const variables = (name: z.ZodType) => fc.dictionary(accepted(name), accepted(plainText), { maxKeys: 3 });
const words = fc.array(accepted(plainText), { maxLength: 3 });
const build = fc.oneof(
  fc.record({
    script: fc.record({ path: accepted(repositoryPath), args: words, env: variables(scriptVariableName) }),
  }),
  fc.record({
    dockerfile: fc.record(
      {
        path: accepted(repositoryPath),
        context: accepted(repositoryPath),
        target: accepted(stageName),
        args: variables(variableName),
        secrets: fc.uniqueArray(accepted(secretId), { maxLength: 3 }),
        cache: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ dockerfile: fc.record({ inline: accepted(dockerfileText) }) }),
);
const image = fc
  .tuple(build, fc.array(fc.array(accepted(plainText), { minLength: 1, maxLength: 3 }), { maxLength: 2 }))
  .map(([how, verify]) => ({ ...how, verify: verify.filter(([first]) => first !== ''), tags: [] }));
const recipe = fc
  .tuple(accepted(imageName), accepted(imageName), image, image, accepted(variableName))
  .map(([one, other, first, second, argument]) => ({
    version: 1,
    name: 'any',
    images: {
      [one]: { ...first, tags: ['{commit}'] },
      ...(one !== other && { [other]: { ...second, from: { image: one, argument } } }),
    },
  }))
  .map((document) => readRecipe(document))
  .filter((reading) => 'recipe' in reading);

const request = fc.record({
  recipe,
  repository,
  destination,
  branch: fc.option(branch, { nil: undefined }),
  kind: fc.constantFrom('oci' as const, 'ecr' as const),
});

describe.each([
  ['dash', (script: string) => ['/usr/bin/dash', script]],
  ['BusyBox ash', (script: string) => [join(folder, 'ash'), script]],
] as const)('the contract under %s', (shell, words) => {
  it('accepts every job that the front door accepts', async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ recipe: read, destination: to, repository: from, branch: named, kind }) => {
        if (!('recipe' in read)) throw new TypeError('the recipe was filtered');
        const plan = planBuild({
          recipe: read.recipe,
          repository: from,
          commit: 'a'.repeat(40),
          branch: named,
          destination: { repository: `${to.host}/${to.path}`, kind, region: 'us-gov-west-1' },
        });
        const environment = jobEnvironment(plan, 'linux/amd64', { buildId: 'b-1', emulation: false });
        const [program = '', ...rest] = words(join(folder, 'check.sh'));
        // Debian's BusyBox has no printenv.
        const path = shell === 'dash' ? '/usr/bin:/bin' : `${folder}:/usr/bin:/bin`;
        const ran = await execa(program, rest, {
          env: { ...environment, PATH: path },
          extendEnv: false,
          reject: false,
        });
        expect(ran.stdout).toBe('accepted');
      }),
      { numRuns: 60 },
    );
  });
});
